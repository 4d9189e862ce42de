import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/kinds/kind.js'
import type { PushResult } from '../../src/sync/push/push.js'
import { pushed } from '../support/faulty-hub.js'
import { claim, heartbeat, reservation, reservations } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

const ONE_OF_EACH = {
  ...reservation('r1'),
  ...heartbeat('run-1'),
  ...claim('t1', 'run-1'),
  'intents/i1.json': { intent_id: 'i1', run_id: 'run-1' },
  'releases/x1.json': { release_id: 'x1', run_id: 'run-1' },
  'dependencies/r1.json': { reservation_id: 'r1', run_id: 'run-1', depends_on: ['r0'] },
  'tasks/t1.json': { task_id: 't1', run_id: 'run-1', title: 'Sweep' },
}

/** A register that does not combine files of one id. */
const REGISTER = defineKind({
  name: 'register',
  directory: 'registers',
  idField: 'run_id',
  runIdField: 'run_id',
  schema: {},
  merge: 'latest',
  expiresAt: () => null,
})

/** Every record is accounted for once. */
function accountedFor({ inserted, updated, skipped, conflicts, rejected }: PushResult): number {
  return inserted + updated + skipped + conflicts.length + rejected.length
}

describe('push', () => {
  it('sends of the files that it is told of those that changed, and no others', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(ONE_OF_EACH)
    const changed = new Map([
      ['reservations', new Set(['r1.json', 'r2.json'])],
      ['heartbeats', new Set(['run-1.json'])],
      ['elsewhere', new Set(['r1.json'])],
    ])
    expect(await machine.push({ changed })).toMatchObject({ inserted: 2, total: 2, failed: false, ignored: [] })
    expect(await machine.push({ changed, kinds: ['heartbeat'] })).toMatchObject({ inserted: 0, skipped: 1, total: 1 })
    expect(await machine.push()).toMatchObject({ inserted: 5, skipped: 2, total: 7 })
  })

  it('sends one record of each kind, and says what became of them', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(ONE_OF_EACH)
    expect(await machine.push()).toEqual({
      durationMs: expect.any(Number),
      space: 'gabriel/muse',
      inserted: 7,
      updated: 0,
      skipped: 0,
      total: 7,
      failed: false,
      interrupted: false,
      errors: [],
      hints: [],
      conflicts: [],
      rejected: [],
      ignored: [],
      warnings: [],
      leases: [{ kind: 'claim', recordId: 't1', token: 1, expiresAt: '2099-01-01T00:00:00Z' }],
      lost: [],
    })
    expect((await swarm.stored()).map(({ kind, recordId, runId }) => [kind, recordId, runId])).toEqual([
      ['reservation', 'r1', 'run-1'],
      ['heartbeat', 'run-1', 'run-1'],
      ['intent', 'i1', 'run-1'],
      ['release', 'x1', 'run-1'],
      ['dependency', 'r1', 'run-1'],
      ['task', 't1', 'run-1'],
      ['claim', 't1', 'run-1'],
    ])
  })

  it('asks the hub for nothing when it knows that the hub holds everything', async () => {
    const { machine, proxy } = await pushedOnce()
    const before = proxy.requests.length
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 7, total: 7, failed: false })
    expect(proxy.requests).toHaveLength(before)
  })

  it('sends only the one record that is new', async () => {
    const { machine, proxy } = await pushedOnce()
    machine.write(reservation('r2'))
    expect(await machine.push()).toMatchObject({ inserted: 1, skipped: 7, total: 8 })
    const last = proxy.requests.at(-1)
    expect(last && pushed(last).records.map(({ record_id: id }) => id)).toEqual(['r2'])
  })

  it('makes no request and needs no identity where there is nothing to push', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    fs.rmSync(path.join(machine.home, '.muse'), { recursive: true })
    expect(await machine.push()).toMatchObject({ total: 0, inserted: 0, skipped: 0, failed: false, ignored: [] })
    expect(swarm.proxy.requests).toHaveLength(0)
  })

  it('says that there is no identity before it makes any request', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    fs.rmSync(path.join(machine.home, '.muse'), { recursive: true })
    machine.write(reservation('r1'))
    await expect(machine.push()).rejects.toMatchObject({ code: 'NO_IDENTITY', hint: expect.stringContaining('keygen') })
    expect(swarm.proxy.requests).toHaveLength(0)
  })

  it('sends a register again when it has changed, and the hub keeps one', async () => {
    const { machine, stored } = await pushedOnce()
    machine.write(heartbeat('run-1', { last_beat_at: '2026-03-18T12:00:05Z' }))
    expect(await machine.push()).toMatchObject({ inserted: 0, updated: 1, skipped: 6, total: 7 })
    const beats = (await stored()).filter(({ kind }) => kind === 'heartbeat')
    expect(beats.map(({ payloadJson }) => JSON.parse(payloadJson).last_beat_at)).toEqual(['2026-03-18T12:00:05Z'])
  })

  it('sends a lease again when it was renewed and when it is finished, under the same token', async () => {
    const { machine } = await pushedOnce()
    machine.write(claim('t1', 'run-1', { expires_at: '2099-01-02T00:00:00Z' }))
    expect(await machine.push()).toMatchObject({
      updated: 1,
      leases: [{ recordId: 't1', token: 1, expiresAt: '2099-01-02T00:00:00Z' }],
    })
    machine.write(claim('t1', 'run-1', { expires_at: null, status: 'completed' }))
    expect(await machine.push()).toMatchObject({ updated: 1, leases: [{ recordId: 't1', token: 1, expiresAt: null }] })
  })

  it('finds a record that was edited in place, and is told that the hub keeps the first', async () => {
    const { machine } = await pushedOnce()
    const file = path.join(machine.coordination, 'reservations/r1.json')
    const { atime, mtime, size } = fs.statSync(file)
    const edited = fs.readFileSync(file, 'utf8').replace('run-1', 'run-2')
    fs.writeFileSync(file, edited)
    fs.utimesSync(file, atime, mtime)
    expect(fs.statSync(file).size).toBe(size)
    expect(await machine.push()).toMatchObject({
      skipped: 6,
      total: 7,
      failed: false,
      conflicts: [{ kind: 'reservation', recordId: 'r1', reason: 'different_content', holder: null }],
    })
  })

  it('asks nothing about a file that was touched and holds the same', async () => {
    const { machine, proxy } = await pushedOnce()
    const before = proxy.requests.length
    const file = path.join(machine.coordination, 'heartbeats/run-1.json')
    fs.writeFileSync(file, fs.readFileSync(file))
    expect(await machine.push()).toMatchObject({ skipped: 7, total: 7 })
    expect(proxy.requests).toHaveLength(before)
  })

  it('asks about every record with recheck', async () => {
    const { machine, proxy } = await pushedOnce()
    const before = proxy.requests.length
    expect(await machine.push({ recheck: true })).toMatchObject({ inserted: 0, skipped: 7, total: 7 })
    expect(proxy.requests).toHaveLength(before + 1)
  })

  it('names the loser of a claim its winner, and who holds it until when', async () => {
    const swarm = await createSwarm()
    const [winner, loser] = [await swarm.machine(), await swarm.machine()]
    winner.write(claim('t1', 'run-1'))
    loser.write({ ...claim('t1', 'run-2'), ...reservation('r1') })
    await winner.push()
    const result = await loser.push()
    expect(result).toMatchObject({
      inserted: 1,
      skipped: 0,
      total: 2,
      failed: false,
      leases: [],
      conflicts: [
        {
          kind: 'claim',
          recordId: 't1',
          reason: 'held',
          holder: { runId: 'run-1', token: 1, expiresAt: '2099-01-01T00:00:00Z' },
        },
      ],
    })
    expect(accountedFor(result)).toBe(result.total)
    // What was lost is no claim of this machine's any more.
    expect(result.lost).toMatchObject([{ kind: 'claim', recordId: 't1', runId: 'run-2' }])
    expect(await loser.push()).toMatchObject({ skipped: 1, total: 1, conflicts: [], lost: [] })
  })

  it('lets nobody but its author change a register', async () => {
    const { machine, hub, createMachine } = await pushedOnce()
    const worker = await hub.register('worker')
    const space = await hub.store.findSpace('gabriel', 'muse')
    if (space === null) throw new Error('the push made no space')
    await hub.store.setMember(space, 'worker', 'write')
    const other = await createMachine({ signer: worker })
    other.write(heartbeat('run-1', { last_beat_at: '2026-03-18T13:00:00Z' }))
    expect(await other.push()).toMatchObject({
      inserted: 0,
      updated: 0,
      conflicts: [{ kind: 'heartbeat', recordId: 'run-1', reason: 'not_author' }],
    })
    expect(await machine.push()).toMatchObject({ skipped: 7 })
  })

  it('names what the hub takes nothing like, and sends it again the next time', async () => {
    const checkpoint = {
      name: 'checkpoint',
      directory: 'checkpoints',
      idField: 'checkpoint_id',
      runIdField: 'run_id',
      schema: {},
      expiresAt: () => null,
    }
    const swarm = await createSwarm()
    const first = await swarm.machine({ plugins: [defineKind({ ...checkpoint, merge: 'latest' })] })
    const second = await swarm.machine({ plugins: [defineKind({ ...checkpoint, merge: 'once' })] })
    first.write({ 'checkpoints/c1.json': { checkpoint_id: 'c1' } })
    second.write({ 'checkpoints/c2.json': { checkpoint_id: 'c2' }, ...reservation('r1') })
    await first.push()
    for (const inserted of [1, 0]) {
      const result = await second.push()
      expect(result).toMatchObject({ inserted, rejected: [{ kind: 'checkpoint', recordId: 'c2' }], failed: true })
      expect(result.rejected[0]?.reason).toMatch(/latest/)
      expect(accountedFor(result)).toBe(2)
    }
  })

  it('names the older of two files that hold one id when the newer comes after it was sent', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine({ plugins: [REGISTER] })
    machine.write({ 'registers/old.json': { run_id: 'run-1', reservation_id: 'a' } })
    fs.utimesSync(path.join(machine.coordination, 'registers/old.json'), 1_000_000, 1_000_000)
    await machine.push()
    machine.write({ 'registers/new.json': { run_id: 'run-1', reservation_id: 'b' } })
    const result = await machine.push()
    expect(result).toMatchObject({ updated: 1, skipped: 0, total: 1 })
    expect(result.ignored.map(({ path: file, reason }) => [path.basename(file), reason])).toEqual([
      ['old.json', 'holds the record id run-1 of the newer file new.json'],
    ])
    expect((await swarm.stored()).map(({ payloadJson }) => JSON.parse(payloadJson).reservation_id)).toEqual(['b'])
    expect(await machine.push()).toMatchObject({ inserted: 0, updated: 0 })
  })

  it('sends the newer of two files that hold one id, and names the other', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine({ plugins: [REGISTER] })
    const at = (minute: number) => `2026-03-18T12:0${minute}:00Z`
    const beat = (name: string, minute: number) => ({
      [`registers/${name}.json`]: { run_id: 'run-1', last_beat_at: at(minute) },
    })
    machine.write({ ...beat('a', 1), ...beat('b', 3), ...beat('c', 2) })
    for (const [name, seconds] of Object.entries({ a: 1, b: 3, c: 2 })) {
      fs.utimesSync(path.join(machine.coordination, 'registers', `${name}.json`), seconds, seconds)
    }
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 1, total: 1, failed: false })
    expect(result.ignored.map((file) => [path.basename(file.path), file.reason]).sort()).toEqual([
      ['a.json', 'holds the record id run-1 of the newer file b.json'],
      ['c.json', 'holds the record id run-1 of the newer file b.json'],
    ])
    expect((await swarm.stored()).map(({ payloadJson }) => JSON.parse(payloadJson).last_beat_at)).toEqual([at(3)])

    machine.write(beat('a', 4))
    expect(await machine.push()).toMatchObject({ updated: 1, inserted: 0 })
    expect((await swarm.stored()).map(({ payloadJson }) => JSON.parse(payloadJson).last_beat_at)).toEqual([at(4)])
  })

  it('leaves out what is no record, names each file with its reason, and sends the rest', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({
      ...reservation('good'),
      'reservations/broken.json': '{"reservation_id": ',
      'reservations/empty.json': '',
      'reservations/list.json': '[1]',
      'reservations/huge.json': { reservation_id: 'huge', note: 'x'.repeat(256 * 1024) },
      'reservations/id.json': { reservation_id: '../../x' },
      'reservations/line.json': { reservation_id: 'a\n' },
      'reservations/number.json': { reservation_id: 7 },
      'reservations/type.json': { reservation_id: 'type', addresses: 'src/a.ts' },
      'reservations/until.json': { reservation_id: 'until', expires_at: 'tomorrow' },
      'reservations/run.json': { reservation_id: 'run', run_id: 'a\u0007b' },
      'reservations/notes.txt': 'no record',
      'reservations/.hidden.json': { reservation_id: 'hidden' },
      'reservations/.nameless.json': {},
    })
    fs.symlinkSync('good.json', path.join(machine.coordination, 'reservations/link.json'))
    fs.mkdirSync(path.join(machine.coordination, 'reservations/folder.json'))
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 3, total: 3, failed: false, rejected: [] })
    expect(result.warnings).toEqual([
      { path: expect.stringMatching(/type\.json$/), reason: 'addresses must be array,null, got "src/a.ts"' },
    ])
    const reasons = Object.fromEntries(result.ignored.map((file) => [path.basename(file.path, '.json'), file.reason]))
    expect(reasons).toEqual({
      broken: expect.stringContaining('no valid JSON'),
      empty: 'is empty',
      folder: expect.stringContaining('no regular file'),
      huge: expect.stringContaining('over 256 KiB'),
      id: 'unsafe record id "../../x"',
      '.nameless': 'unsafe record id ".nameless"',
      line: 'unsafe record id "a\\n"',
      link: expect.stringContaining('symbolic link'),
      list: expect.stringContaining('no JSON object'),
      number: 'unsafe record id 7',
      run: expect.stringContaining('control characters'),
      until: expect.stringContaining('no timestamp: "tomorrow"'),
    })
    expect((await swarm.stored()).map(({ recordId }) => recordId)).toEqual(['hidden', 'good', 'type'])
  })

  it('sends a payload exactly as its writer wrote it, fields that nobody knows included', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const text = '{"reservation_id":"r1","run_id":"run-1","mood":"calm","ünïcode":"✓","n":1.50,"__proto__":{"x":1}}\n'
    machine.write({ 'reservations/r1.json': text })
    await machine.push()
    const [record] = await swarm.stored()
    expect(record?.payloadJson).toBe(text.trim())
  })

  it('sends only the kinds that were named, and the others when their turn comes', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(ONE_OF_EACH)
    expect(await machine.push({ kinds: ['task', 'claim'] })).toMatchObject({ inserted: 2, total: 2 })
    expect(await machine.push()).toMatchObject({ inserted: 5, skipped: 2, total: 7 })
  })

  it('keeps what it knows of one space apart from another', async () => {
    const { machine, hub } = await pushedOnce()
    expect(await machine.push({ slug: 'other' })).toMatchObject({ inserted: 7, skipped: 0 })
    expect(await machine.push({ slug: 'other' })).toMatchObject({ inserted: 0, skipped: 7 })
    expect(await hub.store.findSpace('gabriel', 'other')).not.toBeNull()
  })

  it('puts at most 500 records into a batch, and tells after each how far it is', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(1200))
    const seen: number[] = []
    expect(await machine.push({ onProgress: ({ sent }) => seen.push(sent) })).toMatchObject({ inserted: 1200 })
    expect(swarm.proxy.requests.map((request) => pushed(request).records.length)).toEqual([500, 500, 200])
    expect(seen).toEqual([500, 1000, 1200])
  })

  it('puts at most 4 MiB into a batch', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    for (let index = 0; index < 30; index++) machine.write(reservation(`r${index}`, { note: 'x'.repeat(250 * 1024) }))
    expect(await machine.push()).toMatchObject({ inserted: 30 })
    expect(swarm.proxy.requests.map((request) => pushed(request).records.length)).toEqual([16, 14])
  })
})

/** A machine that has pushed one record of each kind, and the swarm around it. */
async function pushedOnce() {
  const { machine: createMachine, ...swarm } = await createSwarm()
  const machine = await createMachine()
  machine.write(ONE_OF_EACH)
  await machine.push()
  return { ...swarm, createMachine, machine }
}
