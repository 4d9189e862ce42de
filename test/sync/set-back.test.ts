import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openStore } from '../../src/hub/stores/open-store.js'
import { type FollowEvent, follow } from '../../src/sync/follow.js'
import { cleanUp } from '../support/clean-up.js'
import { passOnTo } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { heartbeat, reservation } from '../support/records.js'
import { type Ended, runCli } from '../support/run-cli.js'
import { copyRows, postgresPlace, type SetBackHub, sqlitePlace, startSetBackHub } from '../support/set-back.js'
import { startHub } from '../support/start-hub.js'

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres.remove())

const names = (...ids: string[]) => ids.map((id) => `reservation/${id}`)

async function pushOf(machine: Machine, ...ids: string[]) {
  for (const id of ids) machine.write(reservation(id))
  return machine.push({ meetHub: true })
}

describe.each([
  ['the copied file of a SQLite store', async () => sqlitePlace()],
  ['the copied database of a PostgreSQL store', () => postgresPlace(postgres)],
])('a hub that was set back to %s', (_, newPlace) => {
  /** A store set back to r1 and r2; the writer has sent lost1 and lost2 since, which the reader has. */
  async function setBackHub(): Promise<{ place: SetBackHub; writer: Machine; reader: Machine; other: Machine }> {
    const place = await startSetBackHub(await newPlace())
    const [writer, reader, other] = [await place.machine(), await place.machine(), await place.machine()]
    await pushOf(writer, 'r1', 'r2')
    for (const machine of [writer, reader, other]) await machine.pull()
    await place.copy()
    expect(await pushOf(writer, 'lost1', 'lost2')).toMatchObject({ inserted: 2, failed: false })
    expect(await reader.pull()).toMatchObject({ count: 2, cursor: 4, startedOver: false })
    await place.setBack()
    return { place, writer, reader, other }
  }

  it('is found out by a reader whose cursor others have passed by then, and nothing is missed', async () => {
    const { place, writer, reader, other } = await setBackHub()
    const { epoch } = place.hub().store
    // Who was not ahead of the copy has nothing to find out.
    expect(await pushOf(other, 'o1', 'o2', 'o3')).toMatchObject({ inserted: 3, failed: false })
    expect(await other.pull()).toMatchObject({ startedOver: false })
    expect(await place.stored()).toEqual(names('r1', 'r2', 'o1', 'o2', 'o3'))
    expect(await reader.pull()).toMatchObject({ startedOver: true, count: 5 })
    expect(place.hub().store.epoch).not.toBe(epoch)
    // From then on everybody finds out, also who has nothing to send.
    expect(await pushOf(writer)).toMatchObject({ inserted: 2, skipped: 2, failed: false, errors: [] })
    expect(await other.pull()).toMatchObject({ startedOver: true })
    await reader.pull()
    await writer.pull()
    const all = names('lost1', 'lost2', 'o1', 'o2', 'o3', 'r1', 'r2')
    expect([reader.pulled(), writer.pulled(), other.pulled()]).toEqual([all, all, all])
    for (const machine of [reader, writer, other]) {
      expect(await machine.pull()).toMatchObject({ startedOver: false, count: 0 })
    }
  })

  it('is found out by a writer, who sends again what it has lost, and new things', async () => {
    const { place, writer, reader, other } = await setBackHub()
    await pushOf(other, 'o1', 'o2', 'o3')
    expect(await pushOf(writer, 'new')).toMatchObject({ inserted: 3, skipped: 2, failed: false, errors: [] })
    const stored = await place.stored()
    expect(stored.slice(0, 5)).toEqual(names('r1', 'r2', 'o1', 'o2', 'o3'))
    expect(stored.slice(5).sort()).toEqual(names('lost1', 'lost2', 'new'))
    expect(await reader.pull()).toMatchObject({ startedOver: true, count: 8 })
    expect(await writer.push({ meetHub: true })).toMatchObject({ inserted: 0, skipped: 5 })
  })

  it('gives no token a second time once it is found out', async () => {
    const { place, writer, reader, other } = await setBackHub()
    const claim = (runId: string) => ({
      'claims/t1.json': { task_id: 't1', claimer_run_id: runId, expires_at: '2099-01-01T00:00:00Z' },
    })
    await pushOf(other, 'o1', 'o2', 'o3')
    writer.write(claim('run-1'))
    const { leases } = await writer.push()
    expect(leases).toMatchObject([{ recordId: 't1', token: expect.any(Number) }])
    expect(leases[0]?.token).toBeGreaterThan(1_000_000_000)
    // The tenure is the one that the store has: it is kept, and nobody else gets it.
    writer.write({ 'claims/t1.json': { ...claim('run-1')['claims/t1.json'], expires_at: '2099-02-01T00:00:00Z' } })
    expect(await writer.push()).toMatchObject({ updated: 1, conflicts: [], lost: [] })
    reader.write(claim('run-2'))
    expect((await reader.push()).lost).toMatchObject([{ recordId: 't1', runId: 'run-2', holder: { runId: 'run-1' } }])
    expect(await place.stored()).toContain('claim/t1')
  })

  it('is not suspected because it was started anew, or because its clients are many', async () => {
    const place = await startSetBackHub(await newPlace())
    const machines = [await place.machine(), await place.machine(), await place.machine()]
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        machines.map(async (machine, index) => {
          expect(await pushOf(machine, `m${index}-${round}`)).toMatchObject({ inserted: 1, failed: false })
          expect(await machine.pull()).toMatchObject({ startedOver: false })
        }),
      )
      await place.restart()
    }
    for (const machine of machines) {
      expect(await machine.pull()).toMatchObject({ startedOver: false })
      expect(await machine.push({ meetHub: true })).toMatchObject({ inserted: 0, skipped: 3 })
      expect(machine.pulled()).toHaveLength(9)
    }
  })

  it('is found out by who follows, at once', async () => {
    const place = await startSetBackHub(await newPlace())
    const [writer, reader, other] = [await place.machine(), await place.machine(), await place.machine()]
    await pushOf(writer, 'r1')
    await place.copy()
    const stop = new AbortController()
    const events: FollowEvent[] = []
    const following = follow(reader.session.with({ signal: stop.signal }), { onEvent: (event) => events.push(event) })
    cleanUp(async () => {
      stop.abort()
      await following
    })
    await pushOf(writer, 'lost')
    await until(() => reader.pulled().length === 2)
    const back = await place.proxy.away()
    await place.setBack()
    await pushOfHub(place, 'o1', 'o2')
    await back()
    await until(() => reader.pulled().includes('reservation/o1') && reader.pulled().includes('reservation/o2'))
    await until(() => events.some((one) => one.event === 'pulled' && one.outcome.startedOver))
    expect(await other.pull()).toMatchObject({ count: 3 })
  })
})

describe('claims and what is reserved alone, at a hub that was set back', () => {
  it('are sent again, and are held on, although they were sent one by one', async () => {
    const place = await startSetBackHub(sqlitePlace())
    const [a, b] = [await place.machine(), await place.machine()]
    await verb(a, 'enqueue', 'first', '--id', 't1')
    await verb(a, 'enqueue', 'second', '--id', 't2')
    await a.push()
    for (const machine of [a, b]) await machine.pull()
    await place.copy()
    expect(await verb(a, 'claim', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'reserve', 'src/x.ts', '--deny', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'claim', 't2', '--run-id', 'r2')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'complete', 't2', '--run-id', 'r2')).toMatchObject({ exitCode: 0 })
    const held = await place.stored()
    await place.setBack()
    // Past the ids that only single records had.
    for (let round = 0; round < 5; round++) await pushOf(b, `b${round}0`, `b${round}1`)
    expect(await a.push({ meetHub: true })).toMatchObject({ failed: false, errors: [], lost: [] })
    expect([...(await place.stored())].sort()).toEqual(expect.arrayContaining([...held].sort()))
    await b.pull()
    expect(await verb(b, 'claim', 't1', '--run-id', 'r3')).not.toMatchObject({ exitCode: 0 })
    expect(await verb(b, 'claim', 't2', '--run-id', 'r3')).not.toMatchObject({ exitCode: 0 })
    expect(await verb(b, 'reserve', 'src/x.ts', '--deny', '--run-id', 'r3')).not.toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
  })

  it('are in conflict with nothing where they were finished before', async () => {
    const place = await startSetBackHub(sqlitePlace())
    const [a, b] = [await place.machine(), await place.machine()]
    await verb(a, 'enqueue', 'first', '--id', 't1')
    await a.push()
    expect(await verb(a, 'claim', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'complete', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    await place.copy()
    await pushOf(a, 'lost')
    await place.setBack()
    await pushOf(b, 'b1', 'b2')
    for (let round = 0; round < 2; round++) {
      expect(await a.push({ meetHub: true })).toMatchObject({ failed: false, conflicts: [], lost: [] })
    }
    expect(JSON.parse((await verb(a, 'status')).stdout)).toMatchObject({ attention: [], unsent: { total: 0 } })
  })

  it.each([
    ['a beat', 7, ['heartbeat'], []],
    ['asking for it again', 6, ['reserve', 'src/x.ts', '--deny'], []],
    ['asking for something else, and a beat', 7, ['heartbeat'], ['reserve', 'src/y.ts', '--deny']],
  ])('are put to the hub again by %s, and who comes second is told', async (_, exitCode, argv, before) => {
    const place = await startSetBackHub(sqlitePlace())
    const [a, b] = [await place.machine(), await place.machine()]
    await pushOf(a, 'r1')
    for (const machine of [a, b]) await machine.pull()
    await place.copy()
    expect(await verb(a, 'reserve', 'src/x.ts', '--deny', '--run-id', 'first')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, 'reserve', 'src/z.ts', '--deny', '--run-id', 'first')).toMatchObject({ exitCode: 0 })
    await place.setBack()
    expect(await verb(b, 'reserve', 'src/x.ts', '--deny', '--run-id', 'second')).toMatchObject({ exitCode: 0 })
    if (before.length > 0) expect(await verb(a, ...before, '--run-id', 'first')).toMatchObject({ exitCode: 0 })
    expect(await verb(a, ...argv, '--run-id', 'first')).toMatchObject({ exitCode })
    expect(await verb(a, 'check', 'src/x.ts', '--run-id', 'first')).toMatchObject({ exitCode: 6 })
    expect(await verb(b, 'heartbeat', '--run-id', 'second')).toMatchObject({ exitCode: 0 })
    // What nobody else has taken meanwhile it goes on to have.
    expect(await verb(a, 'heartbeat', '--run-id', 'first')).toMatchObject({ exitCode: argv[0] === 'reserve' ? 7 : 0 })
    expect(await verb(b, 'reserve', 'src/z.ts', '--deny', '--run-id', 'second')).toMatchObject({ exitCode: 6 })
  })
})

describe('a PostgreSQL store whose rows are set back while hubs have it open', () => {
  it('is found out by who was ahead, at either hub', async () => {
    const place = await startSetBackHub(await postgresPlace(postgres))
    const second = await openStore(place.spec)
    const other = await startHub({ store: second, publicUrl: place.proxy.url })
    cleanUp(async () => {
      await other.close()
      await second.close()
    })
    const [writer, reader, third] = [await place.machine(), await place.machine(), await place.machine()]
    await pushOf(writer, 'r1')
    const putBack = await copyRows(place.spec)
    await pushOf(writer, 'lost')
    for (const machine of [reader, third]) await machine.pull()
    await putBack()
    await pushOf(await place.machine(), 'o1', 'o2', 'o3')
    const { epoch } = place.hub().store
    place.proxy.behave(passOnTo(other.url))
    expect(await reader.pull()).toMatchObject({ startedOver: true, count: 4 })
    expect(other.store.epoch).not.toBe(epoch)
    place.proxy.behave(passOnTo(place.hub().url))
    expect(await pushOf(writer)).toMatchObject({ inserted: 1, skipped: 1 })
    expect(place.hub().store.epoch).toBe(other.store.epoch)
    expect(await third.pull()).toMatchObject({ startedOver: true, count: 5 })
  })
})

/** Something that happens to a hub and to the machines that know it. */
interface Step {
  readonly does: 'reserve' | 'beat' | 'push' | 'pull' | 'come and go' | 'copy' | 'set back' | 'restart'
  /** Which machine; of no matter to what happens to the hub. */
  readonly who: number
}

const WHO = 3

describe('a hub that is copied, set back and started anew at any time', () => {
  it('has all in the end that anybody has written, and so has everybody', async () => {
    const who = fc.nat(WHO - 1)
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 8, arbitrary: fc.record({ does: fc.constantFrom('reserve', 'reserve', 'beat'), who }) },
      { weight: 8, arbitrary: fc.record({ does: fc.constantFrom('push', 'pull', 'come and go'), who }) },
      { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('copy', 'set back', 'set back', 'restart'), who }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
        const place = await startSetBackHub(sqlitePlace())
        const machines = await Promise.all(Array.from({ length: WHO }, () => place.machine()))
        await pushOf(machines[0] as Machine, 'first')
        await place.copy()
        const written = new Map([
          ['reservation/first', JSON.stringify(reservation('first')['reservations/first.json'])],
        ])
        for (const [index, one] of steps.entries()) await take(place, machines, written, one, index)
        // In the order in which they are: the first may come before the one who finds out.
        for (const machine of machines) await machine.push({ meetHub: true })
        for (const machine of machines) await machine.pull({ all: true })
        for (const machine of machines) expect(await machine.push({ meetHub: true })).toMatchObject({ failed: false })
        for (const machine of machines) await machine.pull({ all: true })
        expect((await place.stored()).sort()).toEqual([...written.keys()].sort())
        for (const machine of machines) {
          const found = new Map(machine.pulled().map((name) => [name, JSON.stringify(machine.record(name).payload)]))
          expect(found).toEqual(new Map([...written].sort()))
          expect(await machine.pull()).toMatchObject({ count: 0, startedOver: false })
        }
      }),
      { numRuns: 4 },
    )
  }, 120_000)
})

async function take(
  place: SetBackHub,
  machines: readonly Machine[],
  written: Map<string, string>,
  step: Step,
  index: number,
): Promise<void> {
  if (step.does === 'copy') return await place.copy()
  if (step.does === 'set back') return await place.setBack()
  if (step.does === 'restart') return await place.restart()
  const machine = machines[step.who] as Machine
  const write = (kind: string, name: string, files: Record<string, unknown>) => {
    machine.write(files)
    written.set(`${kind}/${name}`, JSON.stringify(Object.values(files)[0]))
  }
  if (step.does === 'reserve') return write('reservation', `r${index}`, reservation(`r${index}`))
  const run = `run-${step.who}`
  const second = String(index).padStart(2, '0')
  if (step.does === 'beat') {
    return write('heartbeat', run, heartbeat(run, { last_beat_at: `2026-03-18T12:00:${second}Z` }))
  }
  if (step.does !== 'pull') expect(await machine.push({ meetHub: true })).toMatchObject({ failed: false, errors: [] })
  if (step.does !== 'push') await machine.pull({ all: true })
}

async function verb(machine: Machine, ...argv: string[]): Promise<Ended> {
  return await runCli(machine, [...argv, '--json'])
}

/** Others have pushed these, by another way than the one that is closed. */
async function pushOfHub({ hub, gabriel, proxy }: SetBackHub, ...ids: string[]): Promise<void> {
  const records = ids.map((id) => {
    const payload = reservation(id)[`reservations/${id}.json`]
    return { kind: 'reservation', record_id: id, run_id: 'run-1', payload, expires_at: null }
  })
  const path = '/gabriel/muse/coord/push'
  const body = JSON.stringify({ records })
  const authorization = gabriel.authorize(path, { method: 'POST', body, host: new URL(proxy.url).host })
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(hub().url + path, { method: 'POST', body, headers })
  expect(await answer.json()).toMatchObject({ inserted: ids.length })
}

/** Looks until it is so, or the test is over, which then fails for its time. */
async function until(isSo: () => boolean): Promise<void> {
  let isOver = false
  cleanUp(() => {
    isOver = true
  })
  while (!isSo() && !isOver) await new Promise((resolve) => setTimeout(resolve, 10))
}
