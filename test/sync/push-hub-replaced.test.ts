import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, type Behaviour, inTurn, passOnTo, pushed, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { heartbeat, reservation, reservations } from '../support/records.js'
import { startHub } from '../support/start-hub.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

describe('a push to a hub that is not the one it was', () => {
  it('sends everything again to a new hub under the old address, and counts it once', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservations(600), ...heartbeat('run-1') })
    await machine.push()
    // Taken by the new hub in the batch that meets it, and told although everything else is sent after that.
    machine.write({ 'claims/t1.json': { task_id: 't1', claimer_run_id: 'run-1', expires_at: '2099-01-01T00:00:00Z' } })
    const { hub: replacement } = await replacementOf(swarm)
    machine.write(reservation('new'))
    const pushed = await machine.push()
    expect(pushed).toMatchObject({ inserted: 603, skipped: 0, total: 603, failed: false, errors: [] })
    expect(pushed.leases).toMatchObject([{ kind: 'claim', recordId: 't1' }])
    expect(await idsAt(replacement.store)).toHaveLength(603)
    const before = swarm.proxy.requests.length
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 603 })
    expect(swarm.proxy.requests).toHaveLength(before)
  })

  it('sends everything again also when it was to look at one file', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservations(20), ...heartbeat('run-1') })
    await machine.push()
    const { hub: replacement } = await replacementOf(swarm)
    machine.write(reservation('new'))
    const changed = new Map([['reservations', new Set(['new.json'])]])
    expect(await machine.push({ changed })).toMatchObject({ inserted: 22, total: 22, failed: false })
    expect(await idsAt(replacement.store)).toHaveLength(22)
  })

  it('sends everything again where nothing is new, for who asks which hub it is', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservations(20), ...heartbeat('run-1') })
    await machine.push()
    const before = swarm.proxy.requests.length
    expect(await machine.push({ meetHub: true })).toMatchObject({ inserted: 0, skipped: 21, failed: false })
    expect(swarm.proxy.requests).toHaveLength(before + 1)
    const { hub: replacement } = await replacementOf(swarm)
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 21 })
    expect(await machine.push({ meetHub: true })).toMatchObject({ inserted: 21, skipped: 0, total: 21, failed: false })
    expect(await idsAt(replacement.store)).toHaveLength(21)
  })

  it('fails as any push to a hub that does not answer, for who asks which hub it is', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('r1'))
    expect(await machine.push({ meetHub: true })).toMatchObject({ inserted: 1, failed: false })
    swarm.proxy.behave(answer(400, { detail: 'Not today.' }))
    expect(await machine.push({ meetHub: true })).toMatchObject({
      failed: true,
      skipped: 1,
      errors: [expect.stringContaining('Not today.')],
    })
  })

  it('asks no hub that cannot be told from another', async () => {
    const hub = await startFaultyHub((request, response) => {
      const { length } = pushed(request).records
      return answer(200, { inserted: length, skipped: 0 })(request, response)
    })
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('r1'))
    await machine.push()
    const before = hub.requests.length
    expect(await machine.push({ meetHub: true })).toMatchObject({ skipped: 1, failed: false })
    expect(hub.requests).toHaveLength(before)
  })

  it('does not tell what the old hub refused as if the new one had', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1', { run_id: 'run-1' }))
    second.write({ ...reservation('r1', { run_id: 'run-2' }), ...reservation('r2') })
    await first.push()
    expect(await second.push()).toMatchObject({ inserted: 1, conflicts: [{ recordId: 'r1' }] })
    await replacementOf(swarm)
    expect(await second.push()).toMatchObject({ inserted: 2, conflicts: [], failed: false })
  })

  it('notices a hub that was restored from a backup, and sends what that one lacks', async () => {
    const directory = temporaryDirectory()
    const live = path.join(directory, 'live')
    const backup = path.join(directory, 'backup')
    const proxy = await startFaultyHub()
    const open = async () => {
      const store = await openStore(live)
      const hub = await startHub({ store, publicUrl: proxy.url })
      proxy.behave(passOnTo(hub.url))
      return {
        hub,
        store,
        close: async () => {
          await hub.close()
          await store.close()
        },
      }
    }
    let running = await open()
    const gabriel = await running.hub.register('gabriel')
    const machine = await createMachine({ hub: proxy.url, signer: gabriel })
    machine.write(reservations(3, 'before'))
    await machine.push()
    await running.close()
    fs.cpSync(live, backup, { recursive: true })
    running = await open()
    machine.write(reservations(5, 'after'))
    await machine.push()
    await running.close()

    fs.rmSync(live, { recursive: true })
    fs.cpSync(backup, live, { recursive: true })
    running = await open()
    machine.write(reservation('new'))
    expect(await machine.push()).toMatchObject({ inserted: 6, skipped: 3, total: 9, failed: false })
    expect(await idsAt(running.store)).toHaveLength(9)
    await running.close()
  })

  it('gives up on an address behind which the hub changes all the time, and says so', async () => {
    let turns = 0
    const hub = await startFaultyHub((request, response) => takenBy(`hub-${turns++}`)(request, response))
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservations(1100))
    expect(await machine.push()).toMatchObject({
      failed: true,
      errors: [expect.stringContaining('became another one again and again')],
    })
    expect(hub.requests.length).toBeLessThan(6)
  })

  it('forgets a failure that was made good by sending everything again', async () => {
    const hub = await startFaultyHub(takenBy('old hub'))
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('r-old'))
    await machine.push()
    machine.write(reservations(600))
    hub.behave(inTurn(answer(500, { detail: 'Moving.' }), takenBy('new hub')))
    expect(await machine.push()).toMatchObject({ total: 601, failed: false, errors: [] })
  })
})

/** Takes every push whole, as a hub of this epoch. */
function takenBy(epoch: string): Behaviour {
  return (request, response) => {
    const { length } = pushed(request).records
    return answer(200, { inserted: length, skipped: 0, cursor: length, epoch })(request, response)
  }
}

describe('sync state', () => {
  it('can be deleted: the hub is asked again and nothing is doubled', async () => {
    const { machine, stored } = await pushedTen()
    machine.forget()
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 10, total: 10, failed: false })
    expect(await stored()).toHaveLength(10)
  })

  it.each([
    ['emptied', () => Buffer.alloc(0)],
    ['cut in half', (old: Buffer) => old.subarray(0, old.length / 2)],
    ['overwritten with noise', (old: Buffer) => Buffer.alloc(old.length, 'muse\0\n\t=')],
    ['turned into JSON of another shape', () => Buffer.from('{"schema_version":"1","cursors":[],"last_id":"x"}\n')],
    ['doubled', (old: Buffer) => Buffer.concat([old, old])],
    [
      'of another generation',
      (old: Buffer) => Buffer.from(old.toString('latin1').replace(/[0-9a-f]{16}/, 'f'.repeat(16))),
    ],
  ])('can be %s: every record still reaches the hub', async (_, damage) => {
    const { machine, stored } = await pushedTen()
    const { length } = stateFiles(machine.coordination)
    expect(length).toBeGreaterThanOrEqual(3)
    for (let index = 0; index <= length; index++) {
      // A damaged index is left behind, and another file begun. At last all of them are hit.
      const files = stateFiles(machine.coordination)
      for (const damaged of index === length ? files : files.slice(index, index + 1)) {
        fs.writeFileSync(damaged, damage(fs.readFileSync(damaged)))
      }
      machine.write({
        ...reservation(`new-${index}`),
        ...heartbeat('run-0', { last_beat_at: `2026-03-18T12:00:1${index}Z` }),
      })
      const result = await machine.push()
      expect(result).toMatchObject({ total: 11 + index, failed: false, conflicts: [], updated: 1 })
      expect((await stored()).length).toBe(11 + index)
    }
  })

  it('is never followed out of the repository', async () => {
    const { machine } = await pushedTen()
    const elsewhere = temporaryDirectory()
    machine.forget()
    fs.symlinkSync(elsewhere, path.join(machine.coordination, '.sync'))
    await expect(machine.push()).rejects.toMatchObject({ code: 'LINK_REFUSED' })
    expect(fs.readdirSync(elsewhere)).toEqual([])
  })
})

/** Another hub, empty but for gabriel's key, under the address of the swarm's. */
async function replacementOf({ proxy, url, gabriel }: Awaited<ReturnType<typeof createSwarm>>) {
  const hub = await startHub({ publicUrl: url })
  cleanUp(() => hub.close())
  await hub.store.register(gabriel.identity)
  proxy.behave(passOnTo(hub.url))
  return { hub }
}

async function idsAt(store: Awaited<ReturnType<typeof openStore>>): Promise<string[]> {
  const space = await store.findSpace('gabriel', 'muse')
  if (space === null) return []
  const { records } = await store.since(space, { sinceId: 0, limit: 10_000, kinds: [] })
  return records.map(({ recordId }) => recordId)
}

async function pushedTen() {
  const swarm = await createSwarm()
  const machine = await swarm.machine()
  machine.write({ ...reservations(9), ...heartbeat('run-0') })
  await machine.push()
  return { machine, stored: swarm.stored }
}

function stateFiles(coordination: string): string[] {
  const directory = path.join(coordination, '.sync')
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter((file) => fs.statSync(file).isFile())
    .sort()
}
