import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { orderGraph } from '../../src/base/graph.js'
import { mermaid } from '../../src/commands/records/mermaid.js'
import type { Dag } from '../../src/workspace/dag.js'
import { verbsAt } from './verbs-at.js'

type Graph = Pick<Dag, 'nodes' | 'edges'>

const graph = (ids: readonly string[], ...edges: readonly (readonly [string, string])[]): Graph => ({
  nodes: ids.map((id) => ({ id, kind: 'task', state: 'pending', runId: '', label: id })),
  edges: edges.map(([before, after]) => ({ before, after })),
})

const anyGraph = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })), { maxLength: 14 })
  .map((pairs) => graph(['0', '1', '2', '3', '4', '5', '6', '7'], ...pairs.map(([a, b]) => [`${a}`, `${b}`] as const)))

describe('the order of a graph', () => {
  it('puts each after all that it waits for, and leaves out only what waits for a cycle', () => {
    fc.assert(
      fc.property(anyGraph, ({ nodes, edges }) => {
        const { order } = orderGraph(idsOf(nodes), edges)
        for (const { before, after } of edges) {
          if (order.includes(after)) expect(order.indexOf(before)).toBeLessThan(order.indexOf(after))
        }
        const inCycle = new Set(nodes.map(({ id }) => id).filter((id) => reaches(edges, id, id)))
        for (const { id } of nodes) {
          const isStopped = [...inCycle].some((stop) => stop === id || reaches(edges, stop, id))
          expect(order.includes(id)).toBe(!isStopped)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('names a cycle for every group of nodes that wait for each other, and each step of it is an edge', () => {
    fc.assert(
      fc.property(anyGraph, ({ nodes, edges }) => {
        const { cycles } = orderGraph(idsOf(nodes), edges)
        for (const cycle of cycles) {
          cycle.forEach((after, index) => {
            const before = cycle.at(index - 1)
            expect(edges.some((edge) => edge.before === before && edge.after === after)).toBe(true)
          })
        }
        for (const { id } of nodes) {
          if (!reaches(edges, id, id)) continue
          const isNamed = cycles.some((cycle) => {
            const member = cycle[0] as string
            return member === id || (reaches(edges, id, member) && reaches(edges, member, id))
          })
          expect(isNamed).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('orders a chain that is longer than calls may be deep', () => {
    const ids = Array.from({ length: 50_000 }, (_, index) => `t${index}`)
    const edges = ids.slice(1).map((after, index) => ({ before: ids[index] as string, after }))
    expect(orderGraph(ids, edges).order).toEqual(ids)
    const closed = orderGraph(ids, [...edges, { before: 't49999', after: 't0' }])
    expect(closed.order).toEqual([])
    expect(closed.cycles).toHaveLength(1)
    expect(closed.cycles[0]).toHaveLength(50_000)
  })
})

describe('dag', () => {
  it('shows reservations and tasks with what they wait for', async () => {
    const { run, put } = await verbsAt()
    const first = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const second = (await run('reserve', 'b.ts', '--run-id', 'b', '--depends-on', first)).json.reservation_id
    put('tasks/t1.json', { task_id: 't1', title: 'one' })
    put('tasks/t2.json', { task_id: 't2', title: 'two', after: ['t1', 'elsewhere'] })
    const { json, text } = await run('dag')
    expect(json.nodes).toEqual(
      expect.arrayContaining([
        { id: first, kind: 'reservation', state: 'active', run_id: 'a', label: 'a.ts' },
        { id: 't2', kind: 'task', state: 'waiting', run_id: '', label: 'two' },
        { id: 'elsewhere', kind: 'unknown', state: 'unknown', run_id: '', label: '' },
      ]),
    )
    expect(json.edges).toEqual([
      { before: first, after: second },
      { before: 't1', after: 't2' },
      { before: 'elsewhere', after: 't2' },
    ])
    expect(json.order.indexOf(first)).toBeLessThan(json.order.indexOf(second))
    expect(json.cycles).toEqual([])
    expect(text).toContain('WHAT')
  })

  it('names cycles, which other machines can close', async () => {
    const { run, put, pulled } = await verbsAt()
    put('tasks/t1.json', { task_id: 't1', title: 'one', after: ['t2'] })
    pulled({ kind: 'task', record_id: 't2', payload: { task_id: 't2', title: 'two', after: ['t1'] } })
    put('tasks/t3.json', { task_id: 't3', title: 'three', after: ['t1'] })
    put('tasks/t4.json', { task_id: 't4', title: 'four' })
    const { json, text, exitCode } = await run('dag')
    expect(exitCode).toBe(0)
    expect(json.order).toEqual(['t4'])
    expect(json.cycles.map((cycle) => [...cycle].sort())).toEqual([['t1', 't2']])
    expect(text).toMatch(/wait for each other: t(1 → t2 → t1|2 → t1 → t2)/)
  })

  it('leaves out what is over, unless something open waits for it or it is asked for', async () => {
    const { clock, run } = await verbsAt()
    const first = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    const second = (await run('reserve', 'b.ts', '--run-id', 'b', '--depends-on', first)).json.reservation_id
    await run('reserve', 'c.ts', '--run-id', 'b', '--ttl', '60')
    clock.move(120)
    expect((await run('dag')).json.order).toEqual([first, second])
    expect((await run('dag', '--all')).json.nodes).toHaveLength(3)
    clock.move(7200)
    expect(await run('dag')).toMatchObject({ json: { nodes: [], edges: [], order: [] }, text: '(nothing is open)\n' })
  })

  it('draws a Mermaid chart that no label can break out of', async () => {
    const { run } = await verbsAt()
    await run('enqueue', 'He said "]; drop <b>\n`x` #1', '--id', 't1')
    const { json, text } = await run('dag', '--mermaid')
    expect(text.trimEnd()).toBe(json.mermaid)
    expect(json.mermaid.split('\n')).toEqual([
      'flowchart LR',
      '  n0(["He said #34;]; drop #60;b#62; #96;x#96; #35;1<br>pending"])',
    ])
    expect(
      mermaid(graph(['a', 'b'], ['a', 'b']), new Set())
        .split('\n')
        .at(-1),
    ).toBe('  n0 --> n1')
  })
})

function idsOf(nodes: Graph['nodes']): readonly string[] {
  return nodes.map(({ id }) => id)
}

/** Whether a way of at least one edge leads from one node to another. */
function reaches(edges: Graph['edges'], from: string, to: string): boolean {
  const open = [from]
  const seen = new Set<string>()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { before, after } of edges) {
      if (before !== id || seen.has(after)) continue
      if (after === to) return true
      seen.add(after)
      open.push(after)
    }
  }
  return false
}
