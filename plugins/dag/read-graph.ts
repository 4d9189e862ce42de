import type { Workspace } from '../../src/plugin.js'
import { type Holding, readHoldings } from '../reserving/holding.js'
import { type BoardTask, readBoard } from '../tasks/board.js'

/** A reservation or a task, or an id that somebody waits for and nobody has written. */
export interface Node {
  readonly id: string
  readonly kind: 'reservation' | 'task' | 'unknown'
  /** `active`, `lapsed`, `released` of a reservation; the status of a task; `unknown`. */
  readonly state: string
  readonly runId: string
  /** Its addresses, or its title. */
  readonly label: string
}

/** That one must be over before another begins. */
export interface Edge {
  readonly before: string
  readonly after: string
}

export interface Graph {
  /** What was written first comes first, as far as it tells. */
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

const OVER: ReadonlySet<string> = new Set(['lapsed', 'released', 'completed', 'failed'])

/**
 * What waits for what: reservations by their dependencies, tasks by what they come after.
 *
 * @param all also what is over; without it only as far as something open waits for it
 */
export function readGraph(workspace: Workspace, all: boolean): Graph {
  const nodes = new Map<string, Node>()
  const edges: Edge[] = []
  for (const holding of readHoldings(workspace)) nodes.set(holding.reservationId, reservationNode(holding))
  for (const task of readBoard(workspace).values()) {
    nodes.set(task.taskId, taskNode(task))
    for (const before of task.after) edges.push({ before, after: task.taskId })
  }
  for (const { recordId, payload } of workspace.view.entries('dependency')) {
    const { depends_on: dependsOn } = payload
    if (!Array.isArray(dependsOn)) continue
    for (const before of dependsOn) if (typeof before === 'string') edges.push({ before, after: recordId })
  }
  for (const id of edges.flatMap(({ before, after }) => [before, after])) {
    if (!nodes.has(id)) nodes.set(id, { id, kind: 'unknown', state: 'unknown', runId: '', label: '' })
  }
  return all ? { nodes: [...nodes.values()], edges: unique(edges) } : openPart([...nodes.values()], unique(edges))
}

function openPart(nodes: readonly Node[], edges: readonly Edge[]): Graph {
  const open = new Set(nodes.filter(({ state }) => !OVER.has(state) && state !== 'unknown').map(({ id }) => id))
  const openEdges = edges.filter(({ after }) => open.has(after))
  const shown = new Set([...open, ...openEdges.map(({ before }) => before)])
  return { nodes: nodes.filter(({ id }) => shown.has(id)), edges: openEdges }
}

function unique(edges: readonly Edge[]): readonly Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.before}\n${edge.after}`, edge])).values()]
}

function reservationNode({ reservationId, state, runId, addresses }: Holding): Node {
  return { id: reservationId, kind: 'reservation', state, runId, label: addresses.join(' ') }
}

function taskNode({ taskId, status, claim, title }: BoardTask): Node {
  return {
    id: taskId,
    kind: 'task',
    state: status,
    runId: status === 'pending' ? '' : (claim?.runId ?? ''),
    label: title,
  }
}
