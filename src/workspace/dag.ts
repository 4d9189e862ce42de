import { type Edge, type GraphOrder, orderGraph } from '../base/graph.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Kind, RecordState } from '../kinds/kind.js'
import { openOf } from '../kinds/open-of.js'
import { cameAt, type Entry } from './entry.js'
import type { Standing } from './index/standing.js'
import { readStates } from './record-states.js'
import type { Session } from './session.js'
import type { Workspace } from './workspace.js'

/** A record that waits, or is waited for; or an id that somebody waits for and nobody has written. */
export interface DagNode {
  readonly id: string
  /** Name of its kind; `unknown`: there is no such record. */
  readonly kind: string
  /** As its kind says it: `active`, `lapsed`, `completed`; `unknown`. */
  readonly state: string
  readonly runId: string
  /** What it is about: its addresses, its title. */
  readonly label: string
}

export interface Dag extends GraphOrder {
  /** What can be taken first comes first, then what was written first. */
  readonly nodes: readonly DagNode[]
  readonly edges: readonly Edge[]
}

/**
 * What waits for what: the records of every kind that is held, can be taken or waits for others.
 *
 * @param options.all also what is over; without it only as far as something open waits for it
 */
export function dag(session: Session, { all = false }: { readonly all?: boolean } = {}): Dag {
  const { workspace } = session
  const { view } = workspace
  const alive = all ? view.everything() : view.alive()
  const edges = readEdges(workspace, alive)
  // What is over shows where something open waits for it, so it is asked for by its id.
  const known = new Set(session.registry.all.flatMap(({ name }) => alive.entries(name)).map(({ recordId }) => recordId))
  const missing = edges.map(({ before }) => before).filter((id) => !known.has(id))
  const records = all || missing.length === 0 ? alive : view.alive(missing)
  const nodes = readNodes(workspace, records)
  for (const id of edges.flatMap(({ before, after }) => [before, after])) {
    if (!nodes.has(id)) nodes.set(id, { id, kind: 'unknown', state: 'unknown', runId: '', label: '', isOver: true })
  }
  const graph = all ? { nodes: [...nodes.values()], edges } : openPart([...nodes.values()], edges)
  const ids = graph.nodes.map(({ id }) => id)
  return { nodes: graph.nodes.map(shown), edges: graph.edges, ...orderGraph(ids, graph.edges) }
}

type Node = DagNode & Pick<RecordState, 'isOver'>

function openPart(nodes: readonly Node[], edges: readonly Edge[]) {
  const open = new Set(nodes.filter(({ isOver }) => !isOver).map(({ id }) => id))
  const openEdges = edges.filter(({ after }) => open.has(after))
  const shownIds = new Set([...open, ...openEdges.map(({ before }) => before)])
  return { nodes: nodes.filter(({ id }) => shownIds.has(id)), edges: openEdges }
}

function shown({ id, kind, state, runId, label }: Node): DagNode {
  return { id, kind, state, runId, label }
}

function readEdges({ registry }: Workspace, records: Standing): readonly Edge[] {
  const edges = new Map<string, Edge>()
  for (const kind of registry.all) {
    if (kind.after === undefined) continue
    for (const { recordId: after, payload } of records.entries(kind.name)) {
      const waitsFor = askKind(kind, 'after', () => [...(kind.after?.(payload) ?? [])], [])
      for (const before of waitsFor) edges.set(`${before}\n${after}`, { before, after })
    }
  }
  return [...edges.values()]
}

/** One id may have records of several kinds, as a task has its claim: what stands alone goes before what is about another. */
function readNodes({ registry }: Workspace, records: Standing): Map<string, Node> {
  const nodes = new Map<string, Node>()
  const isOfItsOwn = (kind: Kind) => kind.state !== undefined || kind.open !== undefined
  const isOfOthers = (kind: Kind) => !isOfItsOwn(kind) && (kind.holds !== undefined || kind.after !== undefined)
  for (const kind of [...registry.all.filter(isOfItsOwn), ...registry.all.filter(isOfOthers)]) {
    const stateOf = readStates(kind, records)
    const places = new Map(openOf(kind, records).map(({ recordId }, place) => [recordId, place]))
    const placeOf = ({ recordId }: Entry) => places.get(recordId) ?? Number.MAX_SAFE_INTEGER
    const entries = [...records.entries(kind.name)].sort(
      (one, other) => placeOf(one) - placeOf(other) || cameAt(one) - cameAt(other),
    )
    for (const entry of entries) {
      const id = entry.recordId
      if (nodes.has(id)) continue
      const { state, runId, what, isOver } = stateOf(entry)
      nodes.set(id, { id, kind: kind.name, state, runId, label: what, isOver })
    }
  }
  return nodes
}
