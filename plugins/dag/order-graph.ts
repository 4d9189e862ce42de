import { components } from './components.js'
import type { Graph } from './read-graph.js'

export interface GraphOrder {
  /** Each after all that it waits for; of those that could come next, the one whose node comes first. */
  readonly order: readonly string[]
  /** Ids that wait for each other, each after the one it waits for; they and what waits for them are not in the order. */
  readonly cycles: readonly (readonly string[])[]
}

/** Puts a graph in order, and names what has none: a cycle for each group of nodes that all wait for each other. */
export function orderGraph({ nodes, edges }: Graph): GraphOrder {
  const ids = nodes.map(({ id }) => id)
  const followers = new Map<string, string[]>(ids.map((id) => [id, []]))
  const predecessors = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const { before, after } of edges) {
    followers.get(before)?.push(after)
    predecessors.get(after)?.push(before)
  }
  const followersOf = (id: string) => followers.get(id) ?? []
  const predecessorsOf = (id: string) => predecessors.get(id) ?? []
  return {
    order: orderOf(ids, followersOf, predecessorsOf),
    cycles: components(ids, followersOf).flatMap((group) => cycleOf(group, predecessorsOf)),
  }
}

type Neighbours = (id: string) => readonly string[]

/** In rounds: all that can begin at once, in the order of the nodes, then all that can begin after those. */
function orderOf(ids: readonly string[], followersOf: Neighbours, predecessorsOf: Neighbours): readonly string[] {
  const places = new Map(ids.map((id, place) => [id, place]))
  const waiting = new Map(ids.map((id) => [id, predecessorsOf(id).length]))
  const order: string[] = []
  let ready = ids.filter((id) => waiting.get(id) === 0)
  while (ready.length > 0) {
    order.push(...ready)
    const freed: string[] = []
    for (const id of ready.flatMap(followersOf)) {
      const left = (waiting.get(id) as number) - 1
      waiting.set(id, left)
      if (left === 0) freed.push(id)
    }
    ready = freed.sort((one, other) => (places.get(one) as number) - (places.get(other) as number))
  }
  return order
}

/** A way around in a group; nothing for a node that is alone and does not wait for itself. */
function cycleOf(group: readonly string[], predecessorsOf: Neighbours): readonly (readonly string[])[] {
  const members = new Set(group)
  const way = new Map<string, number>()
  let id = group[0]
  // Back to what each waits for, until one comes again.
  while (id !== undefined && !way.has(id)) {
    way.set(id, way.size)
    id = predecessorsOf(id).find((before) => members.has(before))
  }
  return id === undefined ? [] : [[...way.keys()].slice(way.get(id)).reverse()]
}
