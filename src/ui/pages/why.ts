import { fromNow } from '../../base/from-now.js'
import { some } from '../../base/some.js'
import { formatTimestamp } from '../../base/timestamp.js'
import { askKind } from '../../kinds/ask-kind.js'
import type { Hold } from '../../kinds/kind.js'
import { cameAt, type Entry } from '../../workspace/entry.js'
import { meet } from '../../workspace/holds.js'
import { holdsText } from '../../workspace/holds-text.js'
import { describe } from '../../workspace/record-states.js'
import { holdsAt } from '../holds-at.js'
import { brief, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'

/** One step of a story. */
interface Step {
  /** ISO 8601: when it came. */
  readonly at: string
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  readonly author: string | null
  readonly token: number | null
  readonly says: string
}

/** For how long what bears another id is told of, before the moment that is looked at. */
const TOLD_MILLISECONDS = 24 * 3600 * 1000
/** The newest of each kind that are told of. */
const MOST_OF_A_KIND = 500

export const whyPage: Page = {
  path: '/why',
  title: 'Why',
  open(request) {
    const id = (request.query.get('id') ?? '').trim()
    const holds = id === '' ? [] : holdsAt(request)
    const about = holdsAbout(id, holds, request)
    const part = partOfList(storyOf(id, about, request), request)
    const sentence = sentenceOf(id, part.total, { holds, about }, request)
    return {
      data: { id, sentence, ...part },
      body: () => html`<form class="search" action="/why" role="search"><label>An address, a task, a run, or any record’s id
<input type="search" name="id" value="${id}" required></label>${
        request.moment === null
          ? null
          : html`<input type="hidden" name="at" value="${formatTimestamp(request.moment)}">`
      }<button>Tell its story</button></form>
<p class="sentence">${sentence}</p>
${
  part.total === 0
    ? null
    : html`<section class="card"><ol class="story">${part.rows.map(
        ({
          at,
          kind,
          recordId,
          runId,
          author,
          token,
          says,
        }) => html`<li><time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} · ${fromNow(Date.parse(at), request.records.now)}</time>
${runId === '' ? null : html`<a href="${linkTo('/why', request, { id: runId })}">${brief(runId)}</a> `}${author === null ? null : html`<span class="soft">(${author})</span> `}${brief(says)}
<a class="kind" href="${linkTo('/why', request, { id: recordId })}">${kind}</a>${token === null ? null : html` <span class="soft">token ${token}</span>`}</li>`,
      )}</ol></section>`
}${listLinks('/why', request, part)}`,
    }
  },
}

/** Those of the thing itself, or else those that meet it as an address: of a file, what is held around it and inside of it too. */
function holdsAbout(id: string, holds: readonly Hold[], { session }: PageRequest): readonly Hold[] {
  const { workspace, registry } = session
  const named = holds.filter(({ recordId, title }) => recordId === id || title === id)
  if (named.length > 0 || holds.some(({ runId }) => runId === id)) return named
  // Whether two things meet a kind tells of two holds of its own.
  const asHeld = new Map<string, Hold>()
  return holds
    .filter((hold) => {
      const { title: _, ...untitled } = hold
      const wanted = asHeld.get(hold.kind) ?? { ...untitled, what: id, runId: '' }
      asHeld.set(hold.kind, wanted)
      const kind = registry.get(hold.kind)
      return (
        hold.what === id || (kind !== undefined && askKind(kind, 'meet', () => meet(workspace, wanted, hold), false))
      )
    })
    .toSorted((one, other) => Number(other.what === id) - Number(one.what === id))
}

interface Held {
  readonly holds: readonly Hold[]
  /** Those of what is asked about. */
  readonly about: readonly Hold[]
}

/** Who has it now comes first, for that is asked most. */
function sentenceOf(id: string, steps: number, { holds, about }: Held, { records }: PageRequest): string {
  if (id === '') return 'Of what shall the story be told?'
  const own = holds.filter(({ runId }) => runId === id)
  if (own.length > 0) return `${id} holds ${some(own.length, 'thing')}; ${some(steps, 'record')} of it in the last day.`
  const who = about.map(({ runId, what, recordId, title, until, isExclusive }) => {
    const end = until === null ? 'until given back' : `it ends ${fromNow(until, records.now)}`
    const thing = what === id || recordId === id || title === id ? 'it' : what
    return `${runId} has ${thing}${isExclusive ? ' alone' : ''}, ${end}`
  })
  if (who.length > 0)
    return `${id}: ${who.slice(0, 3).join('; ')}${who.length > 3 ? `; and ${who.length - 3} more` : ''}.`
  return steps === 0
    ? `Nothing is known of ${id} in the last day.`
    : `Nobody has ${id}; ${some(steps, 'record')} of it in the last day.`
}

/** What bears the id, is of that run or names it, in the order in which it came. */
function storyOf(id: string, about: readonly Hold[], { session, records, moment }: PageRequest): readonly Step[] {
  if (id === '') return []
  const { view } = session.workspace
  const { now } = records
  const naming = view.naming({ text: id, from: now - TOLD_MILLISECONDS, to: now, limit: MOST_OF_A_KIND })
  const ids = new Set([...naming, ...about.map(({ recordId }) => recordId)])
  const told = view.alive([id, ...ids])
  return session.registry.all
    .flatMap((kind) => told.entries(kind.name).map((entry) => ({ kind, entry })))
    .filter(({ entry }) => isAbout(entry, id, ids) && (moment === null || cameAt(entry) <= moment))
    .sort((one, other) => cameAt(one.entry) - cameAt(other.entry))
    .map(({ kind, entry }) => {
      const { recordId, runId, author, token } = entry
      const at = formatTimestamp(cameAt(entry))
      return { at, kind: kind.name, recordId, runId, author, token, says: describe(kind, entry) }
    })
}

/** Whoever names an address has told of it also by what ends that record. */
function isAbout({ recordId, runId, payload }: Entry, id: string, naming: ReadonlySet<string>): boolean {
  if (recordId === id || runId === id || holdsText(payload, id)) return true
  return naming.has(recordId) || Object.values(payload).some((value) => typeof value === 'string' && naming.has(value))
}
