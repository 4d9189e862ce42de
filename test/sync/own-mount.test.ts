import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { heartbeat, reservations } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

/** Mounts a file system of its own in a place; `false`: this user may not. */
function mount(place: string): boolean {
  fs.mkdirSync(place, { recursive: true })
  const { status } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', place])
  // Lazily: the index of the store lies open in it.
  if (status === 0) cleanUp(() => spawnSync('umount', ['-l', place]))
  return status === 0
}

function mayMount(): boolean {
  const probe = fs.mkdtempSync('/tmp/muse-mount-')
  const may = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', probe]).status === 0
  if (may) spawnSync('umount', [probe])
  fs.rmdirSync(probe)
  return may
}

const onAMount = mayMount() ? describe : describe.skip

onAMount('a store of which a part is a mount of its own (needs the right to mount)', () => {
  it.each(['remote', '.sync'])('pulls first and later records where %s is one', async (part) => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...reservations(3), ...heartbeat('run-1') })
    await writer.push()
    expect(mount(path.join(reader.coordination, part))).toBe(true)
    expect(await reader.pull()).toMatchObject({ count: 4, written: 4 })
    expect(reader.pulled()).toEqual(['heartbeat/run-1', 'reservation/r0', 'reservation/r1', 'reservation/r2'])
    writer.write(reservations(5))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 2, written: 2, fetchedAgain: [] })
    reader.write(reservations(1, 'own'))
    expect(await reader.push()).toMatchObject({ inserted: 1, failed: false })
  })
})
