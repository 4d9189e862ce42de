import { askKind } from '../../kinds/ask-kind.js'
import { openOf } from '../../kinds/open-of.js'
import { readStates } from '../../workspace/record-states.js'
import { brief, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'

/** A record that can be taken, or that waits for another one. */
interface Task {
  readonly kind: string
  readonly recordId: string
  readonly state: string
  readonly what: string
  /** `''`: nobody has it. */
  readonly runId: string
  /** Ids of what it waits for. */
  readonly after: readonly string[]
}

/** Ids of one record that are shown of those it waits for. */
const MOST_AFTER = 8

export const tasksPage: Page = {
  path: '/tasks',
  title: 'Tasks',
  open(request) {
    const part = partOfList(tasksOf(request), request)
    return {
      data: part,
      body: () => html`${part.total === 0 ? html`<p>There is nothing to do, and nothing waits.</p>` : null}
<table><thead><tr><th>What</th><th>State</th><th>Run</th><th>Waits for</th></tr></thead>
<tbody>${part.rows.map(
        ({ kind, recordId, state, what, runId, after }) => html`<tr class="${state}">
<th scope="row"><a href="${linkTo('/why', request, { id: recordId })}">${brief(what || recordId)}</a> <span class="kind">${kind}</span></th>
<td>${state}</td><td>${runId === '' ? '–' : html`<a href="${linkTo('/why', request, { id: runId })}">${runId}</a>`}</td>
<td>${after.slice(0, MOST_AFTER).map((id) => html`<a href="${linkTo('/why', request, { id })}">${id.slice(0, 8)}</a> `)}${
          after.length > MOST_AFTER ? `and ${after.length - MOST_AFTER} more` : null
        }</td></tr>`,
      )}</tbody></table>${listLinks('/tasks', request, part)}`,
    }
  },
}

/** In the order in which they would be taken, of every kind that can be taken or waits for others. */
function tasksOf({ session, records }: PageRequest): readonly Task[] {
  return session.registry.all.flatMap((kind) => {
    if (kind.open === undefined && kind.after === undefined) return []
    const stateOf = readStates(kind, records)
    const places = new Map(openOf(kind, records).map(({ recordId }, place) => [recordId, place]))
    const placeOf = ({ recordId }: Task) => places.get(recordId) ?? -1
    return records
      .entries(kind.name)
      .flatMap((entry) => {
        const { state, isOver, what, runId } = stateOf(entry)
        const after = askKind(kind, 'after', () => [...(kind.after?.(entry.payload) ?? [])], [])
        if (isOver || (kind.open === undefined && after.length === 0)) return []
        return [{ kind: kind.name, recordId: entry.recordId, state, what, runId, after }]
      })
      .sort((one, other) => placeOf(one) - placeOf(other))
  })
}
