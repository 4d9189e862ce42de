import { fromNow } from '../../base/from-now.js'
import { some } from '../../base/some.js'
import { type Attention, isUrgent } from '../../sync/status/attention.js'
import { type StatusRun, status } from '../../sync/status/status.js'
import { byRecord } from '../../workspace/by-record.js'
import { placeText } from '../../workspace/run-entry.js'
import { readWorth, type Worth, worthText } from '../../workspace/worth/read-worth.js'
import { holdsAt } from '../holds-at.js'
import { brief, type Html, html } from '../html.js'
import { linkTo, type Page, type PageAnswer, type PageRequest } from '../page.js'
import { type ListPart, listLinks, partOfList } from '../part-of-list.js'

/** A run, and in a few words what it is at. */
interface NowRun extends StatusRun {
  readonly at: readonly string[]
}

interface Now {
  /** All of it in one sentence. */
  readonly sentence: string
  readonly attention: readonly Attention[]
  readonly runs: ListPart<NowRun>
  readonly worth: Worth
}

/** Attention that is listed; the rest is counted. */
const MOST_ATTENTION = 50
/** Things of one run that are named. */
const MOST_AT = 3
/** A page is looked at again by then in any case: asking all kinds about everything takes as long as the rest of it. */
const FAULTS_MILLISECONDS = 5000
/** Lines of a day and a run; the rest is counted. */
const MOST_WORTH_ROWS = 30

export const nowPage: Page = {
  path: '/',
  title: 'Now',
  async open(request) {
    return request.moment === null ? present(request) : past(request)
  },
}

async function present(request: PageRequest): Promise<PageAnswer> {
  const { attention, runs, counts, holds, worth } = await status(request.session, {
    countsOver: false,
    faultsMaxAge: FAULTS_MILLISECONDS,
  })
  const alive = runs.filter(({ state }) => state === 'working' || state === 'idle' || state === 'late').length
  const late = runs.filter(({ state }) => state === 'late').length
  const ahead = attention.filter(({ what }) => what === 'conflict').length
  const open = Object.entries(counts).map(([kind, { pending = 0, waiting = 0, blocked = 0, claimed = 0 }]) => {
    const taken = claimed === 0 ? '' : `, ${claimed} of them taken`
    return `${some(pending + waiting + blocked + claimed, kind)} open${taken}`
  })
  const sentence = [
    `${some(alive, 'agent')} alive`,
    ...(late > 0 ? [`${late} late`] : []),
    `${some(ahead, 'conflict')} ahead`,
    `${some(byRecord(holds).length, 'thing')} held`,
    ...open,
  ].join(', ')
  const part = partOfList(runs, request)
  const byRun = whatByRun(holds)
  const rows = part.rows.map((run) => ({ ...run, at: byRun.get(run.runId) ?? [] }))
  const data: Now = { sentence: `${sentence}.`, attention, runs: { ...part, rows }, worth }
  return { data, body: () => bodyOf(data, request) }
}

/** What runs and their processes were like then, nobody has written down. */
function past(request: PageRequest): PageAnswer {
  const holds = holdsAt(request)
  const worth = readWorth(request.session, { until: request.records.now })
  const byRun = whatByRun(holds)
  const things = byRecord(holds).length
  const sentence = `${some(byRun.size, 'run')} held ${some(things, 'thing')} then.`
  const part = partOfList(
    Array.from(byRun, ([runId, at]) => ({ runId, at })),
    request,
  )
  return {
    data: { sentence, runs: part, worth },
    body: () => html`<p class="sentence">${sentence}</p>
${
  part.total === 0
    ? null
    : html`<section class="card"><table><thead><tr><th>Run</th><th>Had</th></tr></thead><tbody>${part.rows.map(
        ({ runId, at }) => html`<tr><th scope="row">${runHtml(runId, request)}</th><td>${atHtml(at)}</td></tr>`,
      )}</tbody></table></section>`
}${listLinks('/', request, part)}${worthHtml(worth, request)}`,
  }
}

interface Named {
  readonly runId: string
  readonly what: string
  readonly title?: string | null
}

/** What each run is at, in the words of the holds. */
function whatByRun(holds: readonly Named[]): ReadonlyMap<string, readonly string[]> {
  const byRun = new Map<string, string[]>()
  for (const { runId, title, what } of holds) {
    const known = byRun.get(runId)
    if (known === undefined) byRun.set(runId, [title || what])
    else known.push(title || what)
  }
  return byRun
}

function bodyOf({ sentence, attention, runs, worth }: Now, request: PageRequest): Html {
  const { now } = request.records
  const more = attention.length - MOST_ATTENTION
  return html`<p class="sentence">${sentence}</p>
<div class="columns"><section class="card"><h2>Needs attention</h2>
${attention.length === 0 ? html`<p class="calm">Nothing does.</p>` : null}
<ul class="attention">${attention
    .slice(0, MOST_ATTENTION)
    .map(
      (one) =>
        html`<li${isUrgent(one) ? html` class="urgent"` : null}>${brief(one.message)}<br><code>muse-coord ${one.command}</code></li>`,
    )}</ul>
${more > 0 ? html`<p>And ${more} more: <code>muse-coord status</code></p>` : null}</section>
<section class="card"><h2>Runs</h2>
${runs.total === 0 ? html`<p class="soft">None has been seen in the last day. <code>muse-coord setup</code> plugs agents in.</p>` : null}
<table><thead><tr><th>Run</th><th>State</th><th>At</th><th>Where</th><th>Last progress</th></tr></thead>
<tbody>${runs.rows.map(
    ({ runId, author, state, place, lastBeatAt, lastProgressAt, at }) => html`<tr class="${state}">
<th scope="row">${runHtml(runId, request)}${author === null ? null : html` <span class="soft">(${author})</span>`}</th>
<td><span class="state ${state}">${state}</span></td><td>${atHtml(at)}</td><td>${place === null ? null : placeText(place)}</td>
<td data-label="progress">${ago(lastProgressAt, now)}${lastBeatAt === null ? null : html`<br><span class="soft">beat ${ago(lastBeatAt, now)}</span>`}</td></tr>`,
  )}</tbody></table>
${listLinks('/', request, runs)}</section></div>${worthHtml(worth, request)}`
}

function worthHtml(worth: Worth, request: PageRequest): Html | null {
  if (worthText(worth) === null) return null
  const least = worth.days.some(({ isFull }) => isFull) ? 'At least ' : ''
  const all = worth.days.flatMap(({ day, runs }) => runs.map((run, index) => ({ ...run, day: index === 0 ? day : '' })))
  const more = all.length - MOST_WORTH_ROWS
  return html`<section class="card"><h2>What it was worth in seven days</h2>
<ul class="worth"><li>${least}<b>${worth.collisionsPrevented}</b> ${named(worth.collisionsPrevented, 'collision')} prevented</li>
<li><b>${worth.waitsEnded}</b> ${named(worth.waitsEnded, 'wait')} ended</li>
<li><b>${worth.workFreed}</b> ${named(worth.workFreed, 'thing')} of dead runs freed</li></ul>
<table><thead><tr><th>Day</th><th>Run</th><th>Collisions</th><th>Waits</th><th>Freed</th></tr></thead>
<tbody>${all.slice(0, MOST_WORTH_ROWS).map(
    ({ day, runId, collisionsPrevented, waitsEnded, workFreed }) => html`<tr><td>${day}</td>
<th scope="row">${runId === '' ? html`<span class="soft">no name</span>` : runHtml(runId, request)}</th>
<td data-label="collisions">${collisionsPrevented}</td><td data-label="waits">${waitsEnded}</td><td data-label="freed">${workFreed}</td></tr>`,
  )}</tbody></table>
${more > 0 ? html`<p>And ${more} more: <code>muse-coord status --json</code></p>` : null}</section>`
}

function named(count: number, word: string): string {
  return count === 1 ? word : `${word}s`
}

function runHtml(runId: string, request: PageRequest): Html {
  return html`<a href="${linkTo('/why', request, { id: runId })}">${brief(runId)}</a>`
}

function atHtml(at: readonly string[]): Html {
  const more = at.length - MOST_AT
  return html`${at.slice(0, MOST_AT).map((what, index) => html`${index === 0 ? null : html`<br>`}<code>${brief(what)}</code>`)}${
    more > 0 ? html`<br><span class="soft">and ${more} more</span>` : null
  }`
}

function ago(timestamp: string | null, now: number): string {
  return fromNow(timestamp === null ? null : Date.parse(timestamp), now)
}
