import { fromNow } from '../../base/from-now.js'
import { some } from '../../base/some.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { Hold } from '../../kinds/kind.js'
import { type Contests, contestsOf } from '../contests.js'
import { holdsAt, intentionsAt } from '../holds-at.js'
import { brief, type Html, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'

/** What is held, or meant to be. */
interface Place {
  readonly hold: Hold
  readonly isIntent: boolean
}

/** A directory, a file or a symbol, with what is held of it. */
interface Branch {
  readonly places: Place[]
  readonly below: Map<string, Branch>
}

/** Below this depth the rest of an address is one name: a hostile one must not nest a page without end. */
const DEEPEST = 12
/** Others that one hold meets and that are named. */
const MOST_MET = 3

export const holdsPage: Page = {
  path: '/holds',
  title: 'Who holds what',
  open(request) {
    const holds = holdsAt(request)
    const intentions = intentionsAt(request, holds)
    const places = [
      ...holds.map((hold) => ({ hold, isIntent: false })),
      ...intentions.map((hold) => ({ hold, isIntent: true })),
    ].sort(byAddress)
    const part = partOfList(places, request)
    const contests = contestsOf(
      request.session.workspace,
      part.rows.map(({ hold }) => hold),
      holds,
    )
    const sentence = sentenceOf(
      holds,
      intentions,
      part.rows.filter((one) => !one.isIntent && contests.of.has(one.hold)).length,
      part.pages > 1,
    )
    return {
      data: { sentence, ...part, rows: part.rows.map((place) => asData(place, contests)) },
      body: () => html`<p class="sentence">${sentence}</p>
${part.total === 0 ? html`<p class="calm">Nothing is held, and nobody has said that it is about to touch anything.</p>` : html`<div class="card">${branchHtml(treeOf(part.rows), contests, request)}</div>`}
${contests.isWhole ? null : html`<p class="soft">There are more holds than could all be compared with each other.</p>`}
${listLinks('/holds', request, part)}`,
    }
  },
}

function sentenceOf(holds: readonly Hold[], intentions: readonly Hold[], contested: number, isPart: boolean): string {
  const runs = new Set(holds.map(({ runId }) => runId)).size
  const held = `${some(runs, 'run')} ${runs === 1 ? 'holds' : 'hold'} ${some(holds.length, 'thing')}`
  const meant =
    intentions.length === 0 ? '' : `, ${intentions.length} more ${intentions.length === 1 ? 'is' : 'are'} intended`
  const against =
    contested === 0
      ? ''
      : `; ${contested}${isPart ? ' of those shown here' : ''} ${contested === 1 ? 'is' : 'are'} contested`
  return `${held}${meant}${against}.`
}

function byAddress({ hold: one }: Place, { hold: other }: Place): number {
  return one.what < other.what ? -1 : one.what > other.what ? 1 : 0
}

function treeOf(places: readonly Place[]): Branch {
  const root: Branch = { places: [], below: new Map() }
  for (const place of places) {
    let branch = root
    for (const name of namesOf(place.hold)) {
      const next: Branch = branch.below.get(name) ?? { places: [], below: new Map() }
      branch.below.set(name, next)
      branch = next
    }
    branch.places.push(place)
  }
  return root
}

/** Times as everywhere in JSON, ISO 8601. */
function asData({ hold, isIntent }: Place, contests: Contests): object {
  const { details: _, since, until, ...rest } = hold
  const timestamp = (time: number | null) => (time === null ? null : formatTimestamp(time))
  const meets = (contests.of.get(hold) ?? []).map((other) => {
    const { kind, recordId, runId, what } = other
    return { kind, recordId, runId, what, isFirst: wasFirst(other, hold, isIntent) }
  })
  return { ...rest, since: timestamp(since), until: timestamp(until), isIntent, meets }
}

/** What has a title is an id, and no path. */
function namesOf({ what, title }: Hold): readonly string[] {
  if (title !== undefined) return [what]
  const names = what.split(/(?<=\/)|(?=::)/)
  return names.length <= DEEPEST ? names : [...names.slice(0, DEEPEST - 1), names.slice(DEEPEST - 1).join('')]
}

/** A directory that holds one thing alone stands in one line with it. */
function branchHtml({ below }: Branch, contests: Contests, request: PageRequest): Html {
  const items = Array.from(below, ([first, start]) => {
    let [name, branch] = [first, start]
    while (branch.places.length === 0 && branch.below.size === 1) {
      for (const [next, only] of branch.below) [name, branch] = [name + next, only]
    }
    const isContested = branch.places.some(({ hold, isIntent }) => !isIntent && contests.of.has(hold))
    return html`<li${isContested ? html` class="contested"` : null}><code>${brief(name)}</code>${
      isContested ? html` <span class="state contested">contested</span>` : null
    }${branch.places.map((place) => placeHtml(place, contests, request))}${
      branch.below.size === 0 ? null : branchHtml(branch, contests, request)
    }</li>`
  })
  return items.length === 0 ? html`` : html`<ul class="tree">${items}</ul>`
}

function placeHtml({ hold, isIntent }: Place, contests: Contests, request: PageRequest): Html {
  const { runId, author, title, kind, recordId, since, until, token, isExclusive } = hold
  const { now } = request.records
  const to = (id: string) => linkTo('/why', request, { id })
  const operation = hold.details?.operation
  return html`<div class="holder${isIntent ? ' ghost' : ''}"><a href="${to(runId)}">${brief(runId)}</a>${
    author === null ? null : ` (${author})`
  } ${isIntent ? 'intends' : isExclusive ? 'has it alone' : 'holds'}${
    typeof operation === 'string' && operation !== '' ? ` to ${brief(operation)}` : ''
  }${title === undefined ? null : html` <b>${brief(title)}</b>`} · <a class="kind" href="${to(recordId)}">${kind}</a>${
    token === null ? null : ` · token ${token}`
  }${since === null ? null : ` · for ${spanText(since, now)}`} · ${
    until === null ? 'until given back' : html`${restHtml(hold, now)}ends ${fromNow(until, now)}`
  }</div>${contestHtml({ hold, isIntent }, contests.of.get(hold) ?? [], request)}`
}

/** Who holds goes before who only intends to; nothing tells it of two that began at the same moment. */
function wasFirst(other: Hold, own: Hold, isIntent: boolean): boolean | null {
  if (isIntent) return true
  if (other.since === null || own.since === null || other.since === own.since) return null
  return other.since < own.since
}

function contestHtml({ hold, isIntent }: Place, met: readonly Hold[], request: PageRequest): Html | null {
  if (met.length === 0) return null
  const more = met.length - MOST_MET
  const named = met.slice(0, MOST_MET).map((other, index) => {
    const { runId, what } = other
    const isFirst = isIntent ? null : wasFirst(other, hold, isIntent)
    const order = isFirst === null ? '' : isFirst ? ', which was first' : ', which came later and yields'
    return html`${index === 0 ? '' : '; '}<a href="${linkTo('/why', request, { id: runId })}">${brief(runId)}</a> at <code>${brief(what)}</code>${order}`
  })
  return html`<div class="contest">${isIntent ? 'would meet' : 'meets'} ${named}${more > 0 ? ` and ${more} more` : null}</div>`
}

const REST_WIDTH = 64

/** How much of its time is left. */
function restHtml({ since, until, length }: Hold, now: number): Html | null {
  const whole = length ?? (since === null || until === null ? null : until - since)
  if (whole === null || whole <= 0 || until === null) return null
  const left = Math.round(Math.min(1, Math.max(0, (until - now) / whole)) * REST_WIDTH)
  return html`<svg class="rest" viewBox="0 0 ${REST_WIDTH} 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${left}" height="8"/></svg> `
}

function spanText(since: number, now: number): string {
  return fromNow(since, now).replace(' ago', '').replace('in ', 'not yet ')
}
