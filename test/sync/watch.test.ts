import { describe, expect, it } from '@jest/globals'
import { reserve } from '../../plugins/reserving/reserve.js'
import { type WatchEvent, watch } from '../../src/sync/watch.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { heartbeat, reservation } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

/** A machine that is kept in step, and what it says of it. */
function follow({ session }: Machine) {
  const stop = new AbortController()
  const events: WatchEvent[] = []
  const ended = watch(session.with({ signal: stop.signal }), { onEvent: (event) => events.push(event) })
  ended.catch(() => {})
  const following = {
    events,
    names: () => events.map(({ event }) => event),
    async stop() {
      stop.abort()
      await ended
    },
    ended,
  }
  cleanUp(() => following.stop().catch(() => {}))
  return following
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('watch', () => {
  it('brings a file from one workspace to the other as it appears, in both directions', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('there-before'))
    const [one, two] = [follow(first), follow(second)]
    await until(() => second.pulled().includes('reservation/there-before'), 'what was there before')
    await until(() => one.names().includes('connected') && two.names().includes('connected'), 'both connected')
    first.write(reservation('r1'))
    await until(() => second.pulled().includes('reservation/r1'), 'the first one’s file at the second')
    second.write(heartbeat('run-2'))
    await until(() => first.pulled().includes('heartbeat/run-2'), 'the second one’s file at the first')
    expect(one.events).toContainEqual({
      event: 'pushed',
      outcome: expect.objectContaining({ inserted: 1, failed: false }),
    })
    await Promise.all([one.stop(), two.stop()])
  })

  it('waits out a hub that goes away, and then sends and fetches what has come meanwhile', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1'))
    const [one, two] = [follow(first), follow(second)]
    await until(() => second.pulled().includes('reservation/r1'), 'the first file')
    // That the space was not there before the first push is no failure.
    expect([...one.names(), ...two.names()]).not.toContain('failed')
    const back = await swarm.proxy.away()
    await until(() => [one, two].every(({ names }) => names().includes('disconnected')), 'both to notice')
    first.write(reservation('r2'))
    await until(() => one.names().includes('failed'), 'the push to fail')
    await back()
    await until(() => second.pulled().includes('reservation/r2'), 'what was written meanwhile')
    await Promise.all([one.stop(), two.stop()])
  })

  it('sends what was held alone while the hub was away as soon as that is back', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1'))
    const [one, two] = [follow(first), follow(second)]
    await until(() => second.pulled().includes('reservation/r1'), 'the first file')
    const back = await swarm.proxy.away()
    const wish = { addresses: ['src/a.ts'], runId: 'run-1', ttlSeconds: 600, deny: true, isOffline: true }
    const { reservationId } = await reserve(first.session, wish)
    await until(() => one.names().includes('failed'), 'the push to fail')
    await back()
    await until(() => second.pulled().includes(`reservation/${reservationId}`), 'what was held meanwhile')
    await Promise.all([one.stop(), two.stop()])
  }, 30_000)

  it('tells once what the hub does not take, and goes on', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('same', { branch: 'one' }))
    await first.push()
    second.write(reservation('same', { branch: 'two' }))
    const two = follow(second)
    const isRefusal = (event: WatchEvent) => event.event === 'pushed' && event.outcome.conflicts.length > 0
    await until(() => two.events.some(isRefusal), 'the conflict')
    second.write(reservation('other'))
    await until(() => two.events.some((event) => event.event === 'pushed' && event.outcome.inserted === 1), 'the rest')
    second.write({ 'reservations/broken.txt': 'not a record' })
    await two.stop()
    expect(two.events.filter((event) => event.event === 'pushed' && event.outcome.inserted === 0)).toHaveLength(1)
  })

  it('tells of a broken file once, and again when it is broken otherwise', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('r1'))
    const following = follow(machine)
    const told = (reason: string) =>
      following.events
        .flatMap((event) => (event.event === 'pushed' ? event.outcome.ignored : []))
        .filter((file) => file.reason.startsWith(reason)).length
    await until(() => following.names().includes('connected'), 'the connection')
    machine.write({ 'reservations/broken.json': '{' })
    await until(() => told('is no valid JSON') === 1, 'the broken file')
    for (const id of ['r2', 'r3']) {
      machine.write(reservation(id))
      await until(() => machine.pulled().includes(`reservation/${id}`), id)
    }
    machine.write({ 'reservations/broken.json': '[]' })
    await until(() => told('is no JSON object') === 1, 'the file that is broken otherwise')
    expect(told('is no valid JSON')).toBe(1)
    await following.stop()
  })

  it('ends with what waiting cannot cure: a key that the hub does not know', async () => {
    const swarm = await createSwarm()
    const owner = await swarm.machine()
    owner.write(reservation('r1'))
    await owner.push()
    const { createMachine } = await import('../support/machine.js')
    const stranger = await createMachine({ hub: swarm.url })
    await expect(follow(stranger).ended).rejects.toMatchObject({ code: 'HUB_DENIED', status: 'hub_error' })
  })

  it('ends likewise while a push of its own is being tried again', async () => {
    const swarm = await createSwarm()
    const { createMachine } = await import('../support/machine.js')
    const stranger = await createMachine({ hub: swarm.url })
    stranger.write(reservation('r1'))
    await expect(follow(stranger).ended).rejects.toMatchObject({ code: 'HUB_DENIED', status: 'hub_error' })
  })

  it('asks with growing pauses, and not as fast as it can, a hub that ends before every cursor', async () => {
    const hub = await startFaultyHub(answer(409, { detail: 'ends before', status: 'cursor_ahead' }))
    const { createMachine } = await import('../support/machine.js')
    const following = follow(await createMachine({ hub: hub.url }))
    await until(() => following.names().includes('disconnected'), 'the first pause')
    expect(hub.requests.filter(({ target }) => target.includes('/watch?')).length).toBe(1)
    await following.stop()
  })

  it('brings records from a hub that has no stream', async () => {
    const record = { id: 1, kind: 'task', record_id: 't1', run_id: 'run-1', payload: {}, expires_at: null }
    const page = answer(200, { records: [record], cursor: 1 })
    const none = answer(404, 'no such page')
    const hub = await startFaultyHub((request, response) =>
      (request.target.includes('/pull?') ? page : none)(request, response),
    )
    const { createMachine } = await import('../support/machine.js')
    const machine = await createMachine({ hub: hub.url })
    const following = follow(machine)
    await until(() => machine.pulled().includes('task/t1'), 'the record')
    await following.stop()
  })

  it('leaves nothing behind when it is stopped', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const before = machine.everything()
    const following = follow(machine)
    await until(() => swarm.proxy.requests.length > 0, 'a request')
    await following.stop()
    expect(machine.everything()).toEqual(before)
  })
})
