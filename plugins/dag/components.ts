/**
 * The groups of nodes that can all be reached from each other, by Tarjan's algorithm, without recursion: a chain may be
 * longer than the calls of this process may be deep. Every node is in one group; most are alone.
 *
 * @param nextOf where edges lead from a node, to nodes of `nodes` only
 */
export function components(
  nodes: readonly string[],
  nextOf: (node: string) => readonly string[],
): readonly (readonly string[])[] {
  const numbers = new Map<string, number>()
  /** The lowest number that is known to be reachable. */
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const groups: string[][] = []

  const enter = (node: string) => {
    numbers.set(node, numbers.size)
    lowest.set(node, numbers.size - 1)
    open.push(node)
    isOpen.add(node)
    return { node, ahead: [...nextOf(node)] }
  }
  const lower = (node: string, number: number | undefined) => {
    lowest.set(node, Math.min(lowest.get(node) as number, number as number))
  }
  const close = (node: string) => {
    if (lowest.get(node) !== numbers.get(node)) return
    const group = open.splice(open.lastIndexOf(node))
    for (const member of group) isOpen.delete(member)
    groups.push(group)
  }

  for (const root of nodes) {
    if (numbers.has(root)) continue
    const way = [enter(root)]
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const next = at.ahead.pop()
      if (next === undefined) {
        way.pop()
        close(at.node)
        const parent = way.at(-1)
        if (parent !== undefined) lower(parent.node, lowest.get(at.node))
      } else if (!numbers.has(next)) way.push(enter(next))
      else if (isOpen.has(next)) lower(at.node, numbers.get(next))
    }
  }
  return groups
}
