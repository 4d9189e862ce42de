import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/kinds/kind.js'
import { status } from '../../src/sync/status/status.js'
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

const short = (found: readonly { path: string; reason: string }[]) =>
  Object.fromEntries(found.map(({ path: file, reason }) => [file.split('/coordination/')[1], reason]))

describe('what is passed over', () => {
  it('is named by a push and by status: directories that no kind claims, and a hidden file is sent like any other', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservation('r1'), 'locks/a.json': {}, 'locks/b.json': {}, 'empty/notes.txt': 'x' })
    machine.write({ 'reservations/.hidden.json': { reservation_id: 'hidden' }, 'stray.json': {} })
    const told = {
      locks: 'belongs to no kind that is registered here; 2 file(s) in it are not sent',
      'stray.json': 'lies in the directory of no kind',
    }
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 2, failed: false })
    expect(short(result.ignored)).toEqual(told)
    expect(short((await status(machine.session)).problems)).toEqual(told)
    expect(short((await machine.push({ kinds: ['reservation'] })).ignored)).toEqual({})
  })

  it('is named by a pull and by status: records of a kind whose plugin is gone', async () => {
    const swarm = await createSwarm()
    const writer = await swarm.machine({ plugins: [LOCK] })
    const reader = await swarm.machine({ plugins: [LOCK] })
    writer.write({ 'locks/a.json': { lock_id: 'a' } })
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 1, ignored: [] })
    const without = await swarm.machine()
    fs.cpSync(reader.coordination, without.coordination, { recursive: true })
    const told = {
      'remote/lock': 'holds records of a kind that no plugin here registers; 1 file(s) in it are not read',
    }
    expect(short((await without.pull()).ignored)).toEqual(told)
    expect(short((await status(without.session)).problems)).toEqual(told)
  })

  it('is listed on stderr up to twenty, and the rest is counted by reason', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    for (let index = 0; index < 150; index++) machine.write({ [`tasks/t${index}.json`]: index < 100 ? '[]' : '' })
    const { stderr, stdout } = await runCli(machine, ['sync', 'push'])
    const named = stderr.split('\n').filter((line) => line.includes('left out'))
    expect(named).toHaveLength(21)
    expect(named[20]).toBe('⚠️  left out 130 more: 96 × is no JSON object: []; 34 × is empty')
    expect(stdout).toContain('150 file(s) left out')
    const { stdout: json } = await runCli(machine, ['sync', 'push', '--json'])
    expect(JSON.parse(json).ignored).toHaveLength(150)
  })

  it('does not count what this program keeps there itself', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('r1'))
    await machine.push()
    await machine.pull()
    fs.mkdirSync(path.join(machine.coordination, 'empty'))
    expect(short((await status(machine.session)).problems)).toEqual({})
  })
})
