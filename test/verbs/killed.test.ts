import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readReservations } from '../../plugins/reserving/reservations.js'
import { systemClock } from '../../src/index.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { workspaceAt } from '../workspace/workspace-at.js'

let child: ChildModule
beforeAll(async () => {
  // Tells each thing once it is done, as the verbs do with their JSON: what was told must hold.
  child = await childModule(`
    import fs from 'node:fs'
    import { openSession } from 'src/index.js'
    import { heartbeat } from 'src/../plugins/reserving/heartbeat.js'
    import { release } from 'src/../plugins/reserving/release.js'
    import { reserve } from 'src/../plugins/reserving/reserve.js'
    const [root, runId, rounds] = process.argv.slice(2)
    const tell = (told) => fs.writeSync(1, JSON.stringify(told) + '\\n')
    const session = await openSession({ directory: root, env: {} })
    const request = { runId, branch: '', operation: null, ttlSeconds: 600, deny: false }
    let dependsOn = []
    try {
      for (let round = 0; round < Number(rounds); round++) {
        const { reservationId } = await reserve(session, { ...request, addresses: [runId + round], dependsOn })
        dependsOn = [reservationId]
        tell({ reserved: reservationId })
        await heartbeat(session, { runId, reservationId, extensionSeconds: 7200 })
        tell({ extended: reservationId })
        if (round % 2 === 1) continue
        await release(session, { runId, reservations: [reservationId], reason: null })
        tell({ released: reservationId })
      }
    } catch (error) {
      tell({ error: error.code })
    }
  `)
}, 60_000)
afterAll(() => child.remove())

interface Told {
  readonly reserved?: string
  readonly extended?: string
  readonly released?: string
  readonly error?: string
}

describe('verbs', () => {
  it('keep what they told and leave readable files, killed at any moment', async () => {
    const { root, clock, reopen } = await workspaceAt()
    const told: Told[] = []
    for (let round = 0; round < 4; round++) {
      const processes = ['a', 'b'].map((runId) => {
        const process = child.start({ args: [root, runId, '1000'] })
        let out = ''
        process.stdout.on('data', (chunk) => {
          out += chunk
        })
        return { process, ended: new Promise((resolve) => process.on('close', resolve)), told: () => out }
      })
      // Long enough to begin, and each time a little further.
      while (processes.some((one) => one.told() === '')) await delay(5)
      await delay(round * 10)
      for (const one of processes) one.process.kill('SIGKILL')
      await Promise.all(processes.map(({ ended }) => ended))
      for (const one of processes) {
        const lines = one.told().split('\n').slice(0, -1)
        told.push(...lines.map((line): Told => JSON.parse(line)))
      }
    }
    clock.milliseconds = systemClock.now()
    const workspace = await reopen()
    const reservations = new Map(readReservations(workspace.view.everything()).map((one) => [one.reservationId, one]))
    expect(workspace.view.problems()).toEqual([])
    expect(told.length).toBeGreaterThan(8)
    for (const { reserved, extended, released, error } of told) {
      expect(error).toBeUndefined()
      if (reserved !== undefined) expect(reservations.has(reserved)).toBe(true)
      if (released !== undefined) expect(reservations.get(released)?.state).toBe('released')
      if (extended === undefined || reservations.get(extended)?.state !== 'active') continue
      expect((reservations.get(extended)?.until ?? 0) - clock.milliseconds).toBeGreaterThan(3_600_000)
    }
  }, 60_000)

  it('say that the disk is full, and leave readable files', async () => {
    const { root, reopen } = await workspaceAt()
    // Files may have 512 bytes: a reservation fits, the record of its turn does not.
    const lines = await new Promise<string>((resolve) => {
      const process = child.start({ args: [root, 'a'.repeat(128), '3'], shell: 'ulimit -f 1;' })
      let out = ''
      process.stdout.on('data', (chunk) => {
        out += chunk
      })
      process.on('close', () => resolve(out))
    })
    expect(JSON.parse(lines.trim().split('\n').at(-1) as string)).toEqual({ error: 'FILE_FAILED' })
    const { view } = await reopen()
    expect(view.problems()).toEqual([])
    const left = fs.readdirSync(path.join(root, '.muse/coordination'), { recursive: true, encoding: 'utf8' })
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([])
  }, 60_000)
})
