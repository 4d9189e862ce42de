import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { reservation, reservations } from '../support/records.js'
import { documentOf } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'

/** No file may grow beyond 32 KiB: what the process then meets is what a full disk gives, a write that fails. */
const NO_ROOM = 'ulimit -f 64;'

describe('a disk without room', () => {
  it('fails a pull with its cursor where it was and nothing half written, and the next one completes', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...reservation('a'), ...reservation('b', { note: 'x'.repeat(100_000) }), ...reservation('c') })
    await writer.push()

    const failed = await runExecutable(reader, ['sync', 'pull', '--json'], { shell: NO_ROOM })
    expect(failed.exitCode).toBe(1)
    expect(documentOf(failed)).toMatchObject({
      error: expect.stringMatching(/reservation\/b\.json.*EFBIG/),
      status: 'local_files',
      hint: expect.stringContaining('free space'),
    })
    expect(filesIn(reader)).toEqual(['a.json'])
    expect(await reader.pull()).toMatchObject({ count: 3, written: 2, unchanged: 1, cursor: 3 })
    expect(filesIn(reader)).toEqual(['a.json', 'b.json', 'c.json'])
  })

  it('lets a push go on that cannot remember what the hub took, and the next one asks again', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(600))
    const pushed = await runExecutable(machine, ['sync', 'push', '--json'], { shell: NO_ROOM })
    expect(pushed.exitCode).toBe(0)
    expect(documentOf(pushed)).toMatchObject({ inserted: 600, failed: false })
    const result = await machine.push()
    expect(result).toMatchObject({ total: 600, failed: false, conflicts: [] })
    expect(await swarm.stored()).toHaveLength(600)
  })
})

function filesIn({ coordination }: Machine): string[] {
  return fs.readdirSync(path.join(coordination, 'remote/reservation')).sort()
}
