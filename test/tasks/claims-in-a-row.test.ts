import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, jest } from '@jest/globals'
import { CLOCK } from '../../src/base/clock.js'
import { claim, enqueue, fail, openSession, type Session } from '../../src/index.js'
import type { Kind, Plugin } from '../../src/plugin.js'
import { cleanUp } from '../support/clean-up.js'
import { pushed } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'
import { StandingClock } from '../workspace/workspace-at.js'

const TTL = { ttlSeconds: 600, another: true }

/** Two machines of one clock that know the same tasks, in the order of their ids. */
async function twoMachines(tasks: number) {
  const swarm = await createSwarm()
  const clock = new StandingClock(Date.now())
  const plugins: Plugin[] = [(container) => void container.register(CLOCK, { useValue: clock })]
  const [a, b] = [await swarm.machine({ plugins }), await swarm.machine({ plugins })]
  for (let n = 1; n <= tasks; n++) {
    await enqueue(a.session, { title: `t${n}`, taskId: `t${n}`, runId: 'r', priority: -n })
  }
  await a.push()
  await Promise.all([a.pull({ all: true }), b.pull({ all: true })])
  const next = async ({ session }: { session: Session }, runId: string) =>
    (await claim(session, { runId, ...TTL })).taskId
  /** The tasks that were asked for since the last time, by request. */
  const asked = () => {
    const requests = swarm.proxy.requests.splice(0).filter(({ method }) => method === 'POST')
    return requests.map((request) => pushed(request).records.map((one) => one.record_id))
  }
  asked()
  /** A process of its own in the store of a machine. */
  const another = async ({ root, env }: Machine, more: Record<string, string> = {}) => ({
    session: await openSession({ plugins, directory: root, env: { ...env, ...more } }),
  })
  return { a, b, next, asked, another, clock }
}

describe('a process that claims one task after the other', () => {
  it('asks for a few where nobody else has asked for the same, and for more where others have', async () => {
    const { a, b, next, asked, clock } = await twoMachines(40)
    expect(await next(a, 'r1')).toBe('t1')
    expect(asked().map(({ length }) => length)).toEqual([24])
    expect(await next(a, 'r1')).toBe('t2')
    expect(asked()).toEqual([['t2', 't3', 't4', 't5']])
    // All that it has heard of are taken by others meanwhile.
    for (let n = 3; n <= 8; n++) expect(await next(b, 'r2')).toBe(`t${n}`)
    asked()
    expect(await next(a, 'r1')).toBe('t9')
    expect(asked().map(({ length }) => length)).toEqual([4, 24])
    expect(await next(a, 'r1')).toBe('t10')
    expect(asked().map(({ length }) => length)).toEqual([16])
    clock.move(1.1)
    expect(await next(a, 'r1')).toBe('t11')
    expect(asked().map(({ length }) => length)).toEqual([24])
  })

  it('asks for nothing that it was refused a moment ago, unless it has been given back here since', async () => {
    const { a, b, next, asked, another } = await twoMachines(6)
    expect(await next(b, 'r2')).toBe('t1')
    expect(await next(a, 'r1')).toBe('t2')
    expect(asked().at(-1)).toContain('t1')
    expect(await next(a, 'r1')).toBe('t3')
    expect(asked().at(-1)).not.toContain('t1')
    await fail((await another(a)).session, { task: 't2', runId: 'r1', retry: true })
    expect(await next(a, 'r1')).toBe('t2')
  })

  it('enters once in a moment, and anew before it is told that there is nothing', async () => {
    const { a, next, another } = await twoMachines(4)
    const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    cleanUp(() => agent.kill('SIGKILL'))
    expect(await next(await another(a, { MUSE_COORD_PID: String(agent.pid) }), 'r2')).toBe('t1')
    const holds = jest.spyOn(a.session.registry.get('claim') as Required<Kind>, 'holds')
    expect(await next(a, 'r1')).toBe('t2')
    const entered = holds.mock.calls.length
    expect(entered).toBeGreaterThan(0)
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    expect(await next(a, 'r1')).toBe('t3')
    expect(holds.mock.calls.length).toBe(entered)
    expect(await next(a, 'r1')).toBe('t4')
    // What the dead one had.
    expect(await next(a, 'r1')).toBe('t1')
    await expect(next(a, 'r1')).rejects.toMatchObject({ code: 'NOTHING_TO_CLAIM' })
  })

  it('has a namesake on another machine told before that one gets anything', async () => {
    const { a, b, next, asked } = await twoMachines(4)
    expect([await next(a, 'r1'), await next(a, 'r1')]).toEqual(['t1', 't2'])
    await a.push()
    await b.pull({ all: true })
    asked()
    await expect(next(b, 'r1')).rejects.toMatchObject({ code: 'NAMESAKE' })
    expect(asked().flat()).not.toContain('t3')
    expect(await next(a, 'r1')).toBe('t3')
  })
})
