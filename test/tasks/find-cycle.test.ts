import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { findCycle } from '../../src/base/graph.js'

const graphs = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'z'), { maxLength: 3 }),
)

type Graph = Record<string, string[]>

/** Every way from a node, by trying them all: slow, and easy to believe. */
function reaches(graph: Graph, from: string, to: string, seen = new Set<string>()): boolean {
  return (graph[from] ?? []).some((next) => {
    if (next === to) return true
    if (seen.has(next)) return false
    seen.add(next)
    return reaches(graph, next, to, seen)
  })
}

describe('the search for a cycle', () => {
  it('names the way round', () => {
    const graph: Graph = { start: ['a'], a: ['b', 'c'], b: [], c: ['d'], d: ['a'] }
    expect(findCycle('start', (node) => graph[node] ?? [])).toEqual(['a', 'c', 'd', 'a'])
    expect(findCycle('b', (node) => graph[node] ?? [])).toBeNull()
    expect(findCycle('self', () => ['self'])).toEqual(['self', 'self'])
  })

  it('finds one exactly where one can be reached, and what it names is one', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const cycle = findCycle('a', (node) => graph[node] ?? [])
        const reachable = Object.keys(graph).filter((node) => node === 'a' || reaches(graph, 'a', node))
        expect(cycle !== null).toBe(reachable.some((node) => reaches(graph, node, node)))
        if (cycle === null) return
        expect(cycle.at(0)).toBe(cycle.at(-1))
        for (const [index, node] of cycle.slice(0, -1).entries()) expect(graph[node]).toContain(cycle[index + 1])
      }),
      { numRuns: 500 },
    )
  })

  it('walks a chain that is longer than the calls of a process may be deep', () => {
    const last = 200_000
    expect(findCycle('0', (node) => (Number(node) < last ? [String(Number(node) + 1)] : []))).toBeNull()
  })

  it('looks at each node of a lattice once, however many ways lead there', () => {
    let looks = 0
    const levels = 40
    const cycle = findCycle('0:0', (node) => {
      looks += 1
      const level = Number(node.split(':')[0])
      return level === levels ? [] : [`${level + 1}:0`, `${level + 1}:1`]
    })
    expect(cycle).toBeNull()
    expect(looks).toBe(2 * levels + 1)
  })
})
