/** Graphs of ids. Nothing here calls itself: a chain may be longer than the calls of this process may be deep. */

/** That one must be over before another begins. */
export interface Edge {
  readonly before: string
  readonly after: string
}

export interface GraphOrder {
  /** Each after all that it waits for; of those that could come next, the one that is named first. */
  readonly order: readonly string[]
  /** Ids that wait for each other, each after the one it waits for; they and what waits for them are not in the order. */
  readonly cycles: readonly (readonly string[])[]
}

type Neighbours = (id: string) => readonly string[]

/** Puts ids in order, and names what has none: a cycle for each group of ids that all wait for each other. */
export function orderGraph(ids: readonly string[], edges: readonly Edge[]): GraphOrder {
  const followers = new Map<string, string[]>(ids.map((id) => [id, []]))
  const predecessors = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const { before, after } of edges) {
    followers.get(before)?.push(after)
    predecessors.get(after)?.push(before)
  }
  const followersOf = (id: string) => followers.get(id) ?? []
  const predecessorsOf = (id: string) => predecessors.get(id) ?? []
  const cycles = components(ids, followersOf).flatMap((group) => {
    const members = new Set(group)
    const way = findCycle(group[0] as string, (id) => predecessorsOf(id).filter((before) => members.has(before)))
    return way === null ? [] : [way.slice(1).reverse()]
  })
  return { order: orderOf(ids, followersOf, predecessorsOf), cycles }
}

/**
 * The first cycle that is met on the ways from `start`: `['a', 'b', 'a']`; `null` where every way ends.
 *
 * @param nextOf where the ways go on from an id; ids that are not known have none
 */
export function findCycle(start: string, nextOf: Neighbours): readonly string[] | null {
  const done = new Set<string>()
  const way = [start]
  const onWay = new Set(way)
  const ahead = [[...nextOf(start)].reverse()]
  for (let open = ahead.at(-1); open !== undefined; open = ahead.at(-1)) {
    const id = open.pop()
    if (id === undefined) {
      ahead.pop()
      const left = way.pop() as string
      onWay.delete(left)
      done.add(left)
    } else if (onWay.has(id)) {
      return [...way.slice(way.indexOf(id)), id]
    } else if (!done.has(id)) {
      way.push(id)
      onWay.add(id)
      ahead.push([...nextOf(id)].reverse())
    }
  }
  return null
}

/** In rounds: all that can begin at once, in the order of the ids, then all that can begin after those. */
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

/** The groups of ids that can all be reached from each other, by Tarjan's algorithm. Most ids are alone in theirs. */
function components(ids: readonly string[], nextOf: Neighbours): readonly (readonly string[])[] {
  const numbers = new Map<string, number>()
  /** The lowest number that is known to be reachable. */
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const groups: string[][] = []

  const enter = (id: string) => {
    numbers.set(id, numbers.size)
    lowest.set(id, numbers.size - 1)
    open.push(id)
    isOpen.add(id)
    return { id, ahead: [...nextOf(id)] }
  }
  const lower = (id: string, number: number | undefined) => {
    lowest.set(id, Math.min(lowest.get(id) as number, number as number))
  }
  const close = (id: string) => {
    if (lowest.get(id) !== numbers.get(id)) return
    const group = open.splice(open.lastIndexOf(id))
    for (const member of group) isOpen.delete(member)
    groups.push(group)
  }

  for (const root of ids) {
    if (numbers.has(root)) continue
    const way = [enter(root)]
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const next = at.ahead.pop()
      if (next === undefined) {
        way.pop()
        close(at.id)
        const parent = way.at(-1)
        if (parent !== undefined) lower(parent.id, lowest.get(at.id))
      } else if (!numbers.has(next)) way.push(enter(next))
      else if (isOpen.has(next)) lower(at.id, numbers.get(next))
    }
  }
  return groups
}
