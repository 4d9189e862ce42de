import type { Attention } from '../../sync/status/attention.js'
import { type StatusRun, status } from '../../sync/status/status.js'
import { placeText } from '../../workspace/run-entry.js'
import { holdsAt } from '../holds-at.js'
import { brief, type Html, html } from '../html.js'
import { linkTo, type Page, type PageAnswer, type PageRequest } from '../page.js'
import { type ListPart, listLinks, partOfList } from '../part-of-list.js'
import { fromNow } from '../time-text.js'

interface Now {
  /** All of it in one sentence. */
  readonly sentence: string
  readonly attention: readonly Attention[]
  readonly runs: ListPart<StatusRun>
}

/** Attention that is listed; the rest is counted. */
const MOST_ATTENTION = 50

export const nowPage: Page = {
  path: '/',
  title: 'Now',
  async open(request) {
    return request.moment === null ? present(request) : past(request)
  },
}

async function present(request: PageRequest): Promise<PageAnswer> {
  const { attention, runs, counts, holds } = await status(request.session)
  const alive = runs.filter(({ state }) => state === 'working' || state === 'idle' || state === 'late').length
  const late = runs.filter(({ state }) => state === 'late').length
  const open = Object.entries(counts).map(([kind, { pending = 0, waiting = 0, blocked = 0 }]) => {
    return `${pending + waiting + blocked} ${kind}(s) open`
  })
  const sentence = [`${alive} run(s) alive`, `${late} late`, `${holds.length} thing(s) held`, ...open].join(', ')
  const data: Now = { sentence: `${sentence}.`, attention, runs: partOfList(runs, request) }
  return { data, body: () => bodyOf(data, request) }
}

/** What runs and their processes were like then, nobody has written down. */
function past({ session, records }: PageRequest): PageAnswer {
  const holds = holdsAt(session.registry, records)
  const runs = new Set(holds.map(({ runId }) => runId))
  const data = { sentence: `${runs.size} run(s) held ${holds.length} thing(s) then.` }
  return { data, body: () => html`<p class="sentence">${data.sentence}</p>` }
}

function bodyOf({ sentence, attention, runs }: Now, request: PageRequest): Html {
  const { now } = request.records
  const more = attention.length - MOST_ATTENTION
  return html`<p class="sentence">${sentence}</p>
<h2>Needs attention</h2>
${attention.length === 0 ? html`<p>Nothing does.</p>` : null}
<ul class="attention">${attention
    .slice(0, MOST_ATTENTION)
    .map(({ message, command }) => html`<li>${brief(message)}<br><code>muse-coord ${command}</code></li>`)}</ul>
${more > 0 ? html`<p>And ${more} more: <code>muse-coord status</code></p>` : null}
<h2>Runs</h2>
<table><thead><tr><th>Run</th><th>State</th><th>Where</th><th>Last beat</th><th>Last progress</th></tr></thead>
<tbody>${runs.rows.map(
    ({ runId, author, state, place, lastBeatAt, lastProgressAt }) => html`<tr class="${state}">
<th scope="row"><a href="${linkTo('/why', request, { id: runId })}">${runId}</a>${author === null ? null : ` (${author})`}</th>
<td>${state}</td><td>${place === null ? '–' : placeText(place)}</td>
<td>${ago(lastBeatAt, now)}</td><td>${ago(lastProgressAt, now)}</td></tr>`,
  )}</tbody></table>
${listLinks('/', request, runs)}`
}

function ago(timestamp: string | null, now: number): string {
  return fromNow(timestamp === null ? null : Date.parse(timestamp), now)
}
