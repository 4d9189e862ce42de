import { describe, expect, it } from '@jest/globals'
import { passOnTo } from '../support/faulty-hub.js'
import { heartbeat } from '../support/records.js'
import { createSwarm, type Swarm } from '../support/swarm.js'

const beat = (minute: number) => heartbeat('run-1', { last_beat_at: `2026-03-18T12:0${minute}:00Z` })
const BEAT = { 1: '2026-03-18T12:01:00Z', 2: '2026-03-18T12:02:00Z', 3: '2026-03-18T12:03:00Z' }

async function standing({ stored }: Swarm): Promise<unknown> {
  const [record] = (await stored()).filter(({ kind }) => kind === 'heartbeat')
  return JSON.parse(record?.payloadJson ?? '{}').last_beat_at
}

/** The next push is sent when it is let go, all others at once. */
function holdNext({ proxy, hub }: Swarm): { readonly isHeld: Promise<void>; letGo(): void } {
  let letGo = () => {}
  const isOver = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const pass = passOnTo(hub.url)
  const isHeld = new Promise<void>((resolve) => {
    let isNext = true
    proxy.behave(async (request, response) => {
      if (isNext) {
        isNext = false
        resolve()
        await isOver
      }
      return pass(request, response)
    })
  })
  return { isHeld, letGo: () => letGo() }
}

describe('a register whose push is overtaken', () => {
  it('stays as the later push has left it, and neither push says otherwise', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(beat(1))
    await machine.push()
    machine.write(beat(2))
    const { isHeld, letGo } = holdNext(swarm)
    const slow = machine.push()
    await isHeld
    machine.write(beat(3))
    expect(await machine.push()).toMatchObject({ updated: 1, conflicts: [], failed: false })
    letGo()
    expect(await slow).toMatchObject({ conflicts: [], failed: false })
    expect(await standing(swarm)).toBe(BEAT[3])
    expect(await machine.push()).toMatchObject({ updated: 0, skipped: 1 })
  })

  it('is put right when the older one comes first', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(beat(1))
    const { isHeld, letGo } = holdNext(swarm)
    machine.write(beat(2))
    const slow = machine.push()
    await isHeld
    const other = await swarm.machine()
    other.write(beat(1))
    await other.push()
    letGo()
    expect(await slow).toMatchObject({ updated: 1, conflicts: [], failed: false })
    expect(await standing(swarm)).toBe(BEAT[2])
  })

  it('does not fall back when a captured request is played again', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    for (const minute of [1, 2]) {
      machine.write(beat(minute))
      await machine.push()
    }
    for (const { method, target, headers, body } of swarm.proxy.requests.slice()) {
      const answer = await fetch(swarm.hub.url + target, {
        method,
        headers: headers as Record<string, string>,
        body: body.toString('utf8'),
      })
      expect([answer.status, await answer.json()]).toMatchObject([200, { inserted: 0, updated: 0 }])
    }
    expect(await standing(swarm)).toBe(BEAT[2])
  })
})
