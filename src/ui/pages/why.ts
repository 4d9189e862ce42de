import { formatTimestamp } from '../../base/timestamp.js'
import { cameAt, type Entry } from '../../workspace/entry.js'
import { describe } from '../../workspace/record-states.js'
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

/** For how long records that are over and bear another id are still told of. */
const TOLD_MILLISECONDS = 24 * 3600 * 1000

export const whyPage: Page = {
  path: '/why',
  title: 'Why',
  open(request) {
    const id = request.query.get('id') ?? ''
    const part = partOfList(storyOf(id, request), request)
    return {
      data: { id, ...part },
      body: () => html`<form action="/why" role="search"><label>Address, record, task or run
<input name="id" value="${id}" required></label>${
        request.moment === null
          ? null
          : html`<input type="hidden" name="at" value="${formatTimestamp(request.moment)}">`
      }<button>Tell its story</button></form>
${id !== '' && part.total === 0 ? html`<p>Nothing is known of ${id}.</p>` : null}
<ol class="story">${part.rows.map(
        ({ at, kind, recordId, runId, author, token, says }) => html`<li><time datetime="${at}">${at}</time>
<a href="${linkTo('/why', request, { id: runId })}">${runId}</a>${author === null ? null : ` (${author})`}
<a class="kind" href="${linkTo('/why', request, { id: recordId })}">${kind}</a> ${brief(says)}${
          token === null ? null : `, token ${token}`
        }</li>`,
      )}</ol>${listLinks('/why', request, part)}`,
    }
  },
}

/** What bears the id, is of that run or names it, in the order in which it came. */
function storyOf(id: string, { session, records, moment }: PageRequest): readonly Step[] {
  if (id === '') return []
  const { view } = session.workspace
  const told = view.alive([id], records.now - TOLD_MILLISECONDS)
  return session.registry.all
    .flatMap((kind) => told.entries(kind.name).map((entry) => ({ kind, entry })))
    .filter(({ entry }) => isAbout(entry, id) && (moment === null || cameAt(entry) <= moment))
    .sort((one, other) => cameAt(one.entry) - cameAt(other.entry))
    .map(({ kind, entry }) => {
      const { recordId, runId, author, token } = entry
      const at = formatTimestamp(cameAt(entry))
      return { at, kind: kind.name, recordId, runId, author, token, says: describe(kind, entry) }
    })
}

function isAbout({ recordId, runId, payload }: Entry, id: string): boolean {
  return recordId === id || runId === id || names(payload, id)
}

/** Whether a value of JSON has the text anywhere. */
function names(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return value === text
  return Object.values(value).some((item) => names(item, text))
}
