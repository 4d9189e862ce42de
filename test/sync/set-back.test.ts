import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type FollowEvent, follow } from '../../src/sync/follow.js'
import { cleanUp } from '../support/clean-up.js'
import type { Machine } from '../support/machine.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { reservation } from '../support/records.js'
import { postgresPlace, type SetBackHub, sqlitePlace, startSetBackHub } from '../support/set-back.js'

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
