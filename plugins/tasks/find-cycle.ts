/**
 * The first cycle that is met on the ways from `start`: `['a', 'b', 'a']`; `null` where every way ends.
 *
 * @param nextOf where the ways go on from a node; nodes that are not known have none
 */
export function findCycle(start: string, nextOf: (node: string) => readonly string[]): readonly string[] | null {
  const done = new Set<string>()
  const way = [start]
  const onWay = new Set(way)
  // A stack of its own: a chain of tasks may be longer than the calls of this process may be deep.
  const ahead = [[...nextOf(start)].reverse()]
  for (let open = ahead.at(-1); open !== undefined; open = ahead.at(-1)) {
    const node = open.pop()
    if (node === undefined) {
      ahead.pop()
      const left = way.pop() as string
      onWay.delete(left)
      done.add(left)
    } else if (onWay.has(node)) {
      return [...way.slice(way.indexOf(node)), node]
    } else if (!done.has(node)) {
      way.push(node)
      onWay.add(node)
      ahead.push([...nextOf(node)].reverse())
    }
  }
  return null
}
