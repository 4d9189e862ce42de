import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/kinds/kind.js'
import { openSession } from '../../src/open-session.js'
import { status } from '../../src/sync/status/status.js'
import type { Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const LOCK = defineKind({
  name: 'lock',
  directory: 'locks',
  idField: 'lock_id',
  runIdField: 'run_id',
  schema: {},
  merge: 'once',
  expiresAt: () => null,
})

/** What status tells in a process of its own. */
async function told({ root, env }: Machine) {
  const found = await status(await openSession({ directory: root, env }))
  const remarks = found.remarks.map(({ by, what, kind, recordId }) => `${by} ${what} ${kind}/${recordId}`)
  return { found, remarks, needs: found.attention.map(({ what }) => what) }
}

describe('what a push or a pull had to say of a record', () => {
  it('stands in status until the record goes through or its file is another', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1', { operation: 'one' }))
    await first.push()
    second.write({ ...reservation('r1', { operation: 'two' }), ...reservation('r2', { addresses: 'a.py' }) })
    await second.push()
    const { found, remarks, needs } = await told(second)
    expect(remarks.sort()).toEqual(['push conflict reservation/r1', 'push schema reservation/r2'])
    expect(needs).toEqual(expect.arrayContaining(['records_in_conflict', 'schema_broken']))
    // A push would change nothing of it.
    expect(needs).not.toContain('unsent')
    expect(found.remarks.find(({ what }) => what === 'conflict')).toMatchObject({
      space: 'gabriel/muse',
      reason: 'different_content',
      path: path.join(second.coordination, 'reservations/r1.json'),
    })
    const { stdout } = await runCli(second, ['status'])
    expect(stdout).toMatch(/reservation\/r1 +conflict \(push, gabriel\/muse\): different_content/)
    // A push that does not look at a file has nothing new to say of it.
    await second.push()
    expect((await told(second)).remarks.sort()).toEqual(remarks)

    second.write({ ...reservation('r1', { operation: 'one' }), ...reservation('r2', { addresses: ['a.py'] }) })
    const edited = await told(second)
    expect([edited.remarks, edited.needs.includes('unsent')]).toEqual([[], true])
    await second.push()
    expect((await told(second)).remarks).toEqual(['push conflict reservation/r2'])
    fs.rmSync(path.join(second.coordination, 'reservations/r2.json'))
    expect((await told(second)).remarks).toEqual([])
  })

  it('stands in status for what a pull refused, until that comes again and is taken', async () => {
    const swarm = await createSwarm()
    const writer = await swarm.machine({ plugins: [LOCK] })
    const reader = await swarm.machine()
    writer.write({ 'locks/a.json': { lock_id: 'a' } })
    await writer.push()
    await reader.pull()
    await reader.pull()
    const { found, remarks, needs } = await told(reader)
    expect(remarks).toEqual(['pull refused lock/a'])
    expect(found.remarks).toMatchObject([{ reason: 'no plugin here registers this kind', path: null }])
    expect(needs).toContain('records_refused')
    expect((await runCli(reader, ['status'])).stdout).toMatch(/lock\/a +refused \(pull, gabriel\/muse\)/)
    const { root: directory, env } = reader
    const { pull } = await import('../../src/sync/pull/pull.js')
    await pull(await openSession({ directory, env, plugins: [LOCK] }))
    expect((await told(reader)).remarks).toEqual([])
  })

  it('is bounded, and says how many more there were', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    for (let index = 0; index < 250; index++) machine.write(reservation(`r${index}`, { addresses: 'a.py' }))
    await machine.push()
    const { found } = await told(machine)
    expect(found.remarks).toHaveLength(200)
    expect(found.remarksLeftOut).toBe(50)
    expect((await runCli(machine, ['status'])).stdout).toMatch(/… 180 more/)
  })

  it('is nothing where the memory is damaged, and is said again by the next push', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1', { operation: 'one' }))
    await first.push()
    second.write(reservation('r1', { operation: 'two' }))
    await second.push()
    const sync = path.join(second.coordination, '.sync')
    const [file] = fs
      .readdirSync(sync, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('remarks.json'))
    fs.writeFileSync(path.join(sync, file as string), '{"remarks": [7, {"by": ')
    expect((await told(second)).remarks).toEqual([])
    await second.push()
    expect((await told(second)).remarks).toEqual(['push conflict reservation/r1'])
  })
})
