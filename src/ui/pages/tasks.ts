import { some } from '../../base/some.js'
import { askKind } from '../../kinds/ask-kind.js'
import { openOf } from '../../kinds/open-of.js'
import { readStates } from '../../workspace/record-states.js'
import { brief, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'
import { type GraphNode, graphHtml } from '../wait-graph.js'

/** A record that can be taken, or that waits for another one. */
interface Task extends GraphNode {
  readonly kind: string
  /** `''`: nobody has it. */
  readonly runId: string
}

/** Ids of one record that are shown of those it waits for. */
const MOST_AFTER = 8

export const tasksPage: Page = {
  path: '/tasks',
  title: 'Tasks',
  open(request) {
    const tasks = tasksOf(request)
    const part = partOfList(tasks, request)
    const sentence = sentenceOf(tasks)
    const names = new Map(tasks.map((task) => [task.recordId, task.what || task.recordId]))
    const waitHtml = (id: string) =>
      html`<a href="${linkTo('/why', request, { id })}">${brief(names.get(id) ?? id.slice(0, 8))}</a><br>`
    return {
      data: { sentence, ...part },
      body: () => html`<p class="sentence">${sentence}</p>
${graphHtml(withAwaited(tasks, request), request)}
${
  part.total === 0
    ? html`<p class="soft">To offer work: <code>muse-coord enqueue 'Write the migration'</code></p>`
    : html`<section class="card"><h2>In the order of taking</h2>
<table><thead><tr><th>What</th><th>State</th><th>Run</th><th>Waits for</th></tr></thead>
<tbody>${part.rows.map(
        ({ kind, recordId, state, what, runId, after }) => html`<tr class="${state}">
<th scope="row"><a href="${linkTo('/why', request, { id: recordId })}">${brief(what || recordId)}</a> <span class="kind">${kind}</span></th>
<td><span class="state ${state}">${state}</span></td><td>${runId === '' ? null : html`<a href="${linkTo('/why', request, { id: runId })}">${brief(runId)}</a>`}</td>
<td>${after.slice(0, MOST_AFTER).map(waitHtml)}${
          after.length > MOST_AFTER ? `and ${after.length - MOST_AFTER} more` : null
        }</td></tr>`,
      )}</tbody></table></section>`
}${listLinks('/tasks', request, part)}`,
    }
  },
}

/** `3 tasks open: 1 pending, 2 waiting.` */
function sentenceOf(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'There is nothing to do, and nothing waits.'
  const byKind = new Map<string, Map<string, number>>()
  for (const { kind, state } of tasks) {
    const states = byKind.get(kind) ?? new Map<string, number>()
    byKind.set(kind, states.set(state, (states.get(state) ?? 0) + 1))
  }
  const parts = Array.from(byKind, ([kind, states]) => {
    const count = [...states.values()].reduce((sum, one) => sum + one, 0)
    return `${some(count, kind)} open: ${Array.from(states, ([state, number]) => `${number} ${state}`).join(', ')}`
  })
  return `${parts.join('; ')}.`
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

/** Beside the open ones what they wait for that is no task, or is over. */
function withAwaited(tasks: readonly Task[], { session, records }: PageRequest): readonly GraphNode[] {
  const known = new Set(tasks.map(({ recordId }) => recordId))
  const awaited = new Set(tasks.flatMap(({ after }) => after).filter((id) => !known.has(id)))
  const states = session.registry.all.map((kind) => ({ kind, stateOf: readStates(kind, records) }))
  const others = Array.from(awaited, (recordId) => {
    for (const { kind, stateOf } of states) {
      const entry = kind.state || kind.holds ? records.named(kind.name, recordId) : undefined
      if (entry !== undefined) return { recordId, state: stateOf(entry).state, what: stateOf(entry).what, after: [] }
    }
    return { recordId, state: 'unknown', what: '', after: [] }
  })
  return [...others, ...tasks]
}
