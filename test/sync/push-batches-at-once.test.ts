import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/kinds/kind.js'
import { answer, passOnTo, pushed, takeEverything } from '../support/faulty-hub.js'
import { reservations } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

describe('batches of a push that are under way at once', () => {
  it('are one until the hub has answered, and then four', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const waiting: (() => void)[] = []
    let isFirst = true
    const fourAreWaiting = new Promise<void>((resolve) => {
      swarm.proxy.behave(async (request, response) => {
        if (isFirst) {
          isFirst = false
          await setTimeout(100)
          expect(swarm.proxy.requests).toHaveLength(1)
        } else {
          await new Promise<void>((letGo) => {
            if (waiting.push(letGo) === 4) resolve()
          })
        }
        return takeEverything(request, response)
      })
    })
    machine.write(reservations(3500))
    const pushing = machine.push()
    await fourAreWaiting
    await setTimeout(100)
    expect(swarm.proxy.requests).toHaveLength(5)
    swarm.proxy.behave(takeEverything)
    for (const letGo of waiting) letGo()
    expect(await pushing).toMatchObject({ inserted: 3500, failed: false })
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 3500 })
  })

  it('never hold two versions of one record, so the newer one arrives last', async () => {
    const swarm = await createSwarm()
    const register = defineKind({
      name: 'register',
      directory: 'registers',
      idField: 'run_id',
      runIdField: 'run_id',
      schema: {},
      merge: 'latest',
      expiresAt: () => null,
    })
    const machine = await swarm.machine({ plugins: [register] })
    const beat = (n: number) => ({ run_id: 'run-1', n })
    const others = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`registers/m${index}.json`, { run_id: `m${index}` }]),
    )
    // By name: 600 others, the older version, 600 others and more, the newer version.
    machine.write({ ...others, 'registers/m400a.json': beat(1) })
    await setTimeout(20)
    machine.write({ 'registers/z.json': beat(2) })
    const pass = passOnTo(swarm.hub.url)
    const arrived: number[] = []
    swarm.proxy.behave(async (request, response) => {
      const versions = pushed(request).records.filter(({ run_id: runId }) => runId === 'run-1')
      for (const { payload } of versions) arrived.push(payload.n as number)
      if (versions.length > 0 && arrived.length === 1) await setTimeout(300)
      return pass(request, response)
    })
    expect(await machine.push()).toMatchObject({ failed: false, updated: 1 })
    // Both were read before either had arrived, so the newer one names no revision, and is sent once more to replace the other.
    expect(arrived).toEqual([1, 2, 2])
    const [standing] = (await swarm.stored()).filter(({ recordId }) => recordId === 'run-1')
    expect(JSON.parse(standing?.payloadJson ?? '')).toEqual(beat(2))
  })

  it('that fail are told one by one, and sent again by the next push', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    let count = 0
    swarm.proxy.behave((request, response) =>
      ++count === 1 ? takeEverything(request, response) : answer(500, { detail: 'Out of order.' })(request, response),
    )
    machine.write(reservations(3000))
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 500, failed: true, total: 3000 })
    expect(result.errors).toHaveLength(5)
    swarm.proxy.behave(passOnTo(swarm.hub.url))
    expect(await machine.push()).toMatchObject({ inserted: 2500, skipped: 500, failed: false })
  })
})
