import { describe, expect, it } from '@jest/globals'
import { parseRetention } from '../../src/hub/retention.js'
import { sweepHub } from '../../src/hub/sweep-hub.js'
import { createSwarm } from '../support/swarm.js'

const LONG_AGO = '2020-01-01T00:00:00Z'

function notes(from: number, to: number, expiresAt?: string): Record<string, unknown> {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  return Object.fromEntries(
    numbers.map((n) => [
      `reservations/r${n}.json`,
      { reservation_id: `r${n}`, run_id: 'run-1', expires_at: expiresAt },
    ]),
  )
}

/** A reader that has the first five records; since then the space has got lapsed ones and lasting ones, and was swept. */
async function readerPassedByRetention() {
  const swarm = await createSwarm()
  const [writer, reader] = [await swarm.machine(), await swarm.machine()]
  writer.write(notes(1, 5))
  await writer.push()
  await reader.pull()
  writer.write(notes(6, 7, LONG_AGO))
  await writer.push()
  writer.write(notes(8, 9))
  await writer.push()
  const swept = await sweepHub(swarm.hub.store, parseRetention([]), Date.now())
  return { ...swarm, writer, reader, swept }
}

describe('pull from a hub that does not keep everything', () => {
  it('is told when it has missed what is gone, and begins anew', async () => {
    const { reader, swept } = await readerPassedByRetention()
    expect(swept).toEqual([{ space: 'gabriel/muse', kinds: [{ kind: 'reservation', removed: 2 }] }])
    const result = await reader.pull()
    expect(result).toMatchObject({ startedOver: true, cursor: 9, count: 7, unchanged: 5, written: 2 })
    expect(await reader.pull()).toMatchObject({ startedOver: false, count: 0, cursor: 9 })
  })

  it('gets to the end of it with pulls that take little at a time', async () => {
    const { reader } = await readerPassedByRetention()
    const pulls = []
    do pulls.push(await reader.pull({ limit: 2 }))
    while (pulls.at(-1)?.hasMore)
    expect(pulls.map(({ startedOver }) => startedOver)).toEqual([true, false, false, false])
    expect(reader.pulled()).toHaveLength(7)
  })

  it('is told also when kinds that missed nothing were pulled on their own before', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write(notes(1, 5))
    await writer.push()
    await reader.pull()
    writer.write(notes(6, 7, LONG_AGO))
    await writer.push()
    await reader.pull({ kinds: ['heartbeat'] })
    await sweepHub(swarm.hub.store, parseRetention([]), Date.now())
    expect(await reader.pull({ kinds: ['heartbeat'] })).toMatchObject({ startedOver: false, cursor: 7 })
    expect(await reader.pull()).toMatchObject({ startedOver: true, cursor: 7, count: 5, unchanged: 5 })
    expect(await reader.pull()).toMatchObject({ startedOver: false, count: 0 })
  })

  it('goes on as ever where it has missed nothing', async () => {
    const { writer, reader, hub } = await readerPassedByRetention()
    await reader.pull()
    writer.write(notes(10, 10, LONG_AGO))
    await writer.push()
    await reader.pull()
    await sweepHub(hub.store, parseRetention([]), Date.now())
    writer.write(notes(11, 11))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ startedOver: false, count: 1, cursor: 11 })
  })

  it('begins at once with all there is for a machine that is new', async () => {
    const { machine } = await readerPassedByRetention()
    const fresh = await machine()
    expect(await fresh.pull({ limit: 3 })).toMatchObject({ startedOver: false, count: 3, hasMore: true })
    expect(await fresh.pull()).toMatchObject({ startedOver: false, count: 4, cursor: 9 })
  })

  it('does not bring back with a push what retention took', async () => {
    const { writer, stored } = await readerPassedByRetention()
    expect(await writer.push()).toMatchObject({ inserted: 0, skipped: 9 })
    expect(await stored()).toHaveLength(7)
  })
})
