import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { childModule } from '../support/child-module.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, inTurn, pushed, startFaultyHub, takeEverything } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { claim, heartbeat, reservation, reservations } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** What the program that this one succeeds did wrong, one by one. Deeper tests stand beside, under the same words. */
describe('where the seed failed', () => {
  it('1: a push neither reads nor sends again what the hub is known to hold', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(50))
    await machine.push()
    // The second look trusts what has become old enough.
    await machine.push()
    const requests = swarm.proxy.requests.length
    const open = jest.spyOn(fs, 'openSync')
    try {
      expect(await machine.push()).toMatchObject({ skipped: 50, total: 50 })
      const read = open.mock.calls.map(([file]) => String(file)).filter((file) => file.includes('/reservations/'))
      expect(read).toEqual([])
      machine.write(reservation('r50'))
      expect(await machine.push()).toMatchObject({ inserted: 1, skipped: 50 })
      const readNow = open.mock.calls.map(([file]) => path.basename(String(file)))
      expect(readNow.filter((name) => /^r\d+\.json$/.test(name))).toEqual(['r50.json'])
    } finally {
      open.mockRestore()
    }
    expect(swarm.proxy.requests.slice(requests).map((request) => pushed(request).records.length)).toEqual([1])
  })

  it('2: another content under a known id is named as a conflict, and not skipped without a word', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(reservation('r1', { run_id: 'run-1' }))
    second.write({ ...reservation('r1', { run_id: 'run-2' }), ...reservation('r2') })
    await first.push()
    await first.push()
    expect(await second.push()).toMatchObject({
      inserted: 1,
      skipped: 0,
      conflicts: [{ kind: 'reservation', recordId: 'r1', reason: 'different_content' }],
    })
  })

  it('3: a heartbeat and a renewed claim travel again after the first push', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...heartbeat('run-1'), ...claim('t1', 'run-1') })
    await writer.push()
    await reader.pull()
    writer.write({
      ...heartbeat('run-1', { last_beat_at: '2026-03-18T12:30:00Z' }),
      ...claim('t1', 'run-1', { expires_at: '2099-06-01T00:00:00Z' }),
    })
    expect(await writer.push()).toMatchObject({ updated: 2, inserted: 0 })
    expect(await reader.pull()).toMatchObject({ written: 2 })
    expect(reader.record('heartbeat/run-1')).toMatchObject({ payload: { last_beat_at: '2026-03-18T12:30:00Z' } })
    expect(reader.record('claim/t1')).toMatchObject({ expires_at: '2099-06-01T00:00:00Z' })
  })

  it('4: the loser of a claim race is told who won', async () => {
    const swarm = await createSwarm()
    const machines = await Promise.all(Array.from({ length: 4 }, () => swarm.machine()))
    for (const [index, machine] of machines.entries()) machine.write(claim('t1', `run-${index}`))
    const results = await Promise.all(machines.map((machine) => machine.push()))
    const winners = results.flatMap(({ leases }, index) => (leases.length > 0 ? [`run-${index}`] : []))
    expect(winners).toHaveLength(1)
    const conflicts = results.flatMap((result) => result.conflicts)
    expect(conflicts.map(({ reason, holder }) => [reason, holder?.runId])).toEqual(Array(3).fill(['held', winners[0]]))
  })

  it('5: the cursor is kept for each kind, never falls back to 0, and passes over no record without a word', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...reservations(2), 'tasks/t1.json': { task_id: 't1' } })
    await writer.push()
    expect(await reader.pull({ kinds: ['task'] })).toMatchObject({ count: 1, cursor: 3 })
    expect(await reader.pull({ kinds: ['task'] })).toMatchObject({ count: 0, cursor: 3 })
    expect(await reader.pull()).toMatchObject({ written: 2, cursor: 3 })
    const hub = await startFaultyHub(
      answer(200, { records: [{ id: 9, kind: 'clam', record_id: 'c', run_id: '', payload: {} }], cursor: 9 }),
    )
    const other = await createMachine({ hub: hub.url })
    expect(await other.pull()).toMatchObject({ cursor: 9, rejected: [{ kind: 'clam', recordId: 'c' }] })
    hub.behave(answer(200, { records: [], cursor: 0 }))
    expect(await other.pull()).toMatchObject({ count: 0, cursor: 9 })
  })

  it('6: a push tries again, keeps within bytes, and lets no oversized record take others with it; a pull says what is left', async () => {
    const tooLarge = answer(413, { detail: 'Too large.', status: 'too_large' })
    const hub = await startFaultyHub(
      inTurn(answer(503, 'busy'), (request, response) => {
        const isBig = pushed(request).records.some(({ record_id: id }) => id === 'big')
        return (isBig ? tooLarge : takeEverything)(request, response)
      }),
    )
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('big'))
    for (let index = 0; index < 20; index++) machine.write(reservation(`r${index}`, { note: 'x'.repeat(250_000) }))
    expect(await machine.push()).toMatchObject({ inserted: 20, rejected: [{ recordId: 'big' }], failed: true })
    for (const request of hub.requests) expect(JSON.stringify(pushed(request)).length).toBeLessThan(4.3 * 1024 * 1024)
    const record = { id: 1, kind: 'task', record_id: 't1', run_id: '', payload: {}, expires_at: null }
    hub.behave(answer(200, { records: [record], cursor: 1, has_more: true }))
    expect(await machine.pull({ limit: 1 })).toMatchObject({ count: 1, hasMore: true, cursor: 1 })
  })

  it('7: whatever goes wrong ends in one document with the totals of what went well', async () => {
    const hub = await startFaultyHub(inTurn(takeEverything, takeEverything, answer(200, '<html>'), takeEverything))
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservations(1600))
    const ended = await runCli(machine, ['sync', 'push', '--json'])
    expect(ended).toMatchObject({ exitCode: 1, stderr: '' })
    expect(documentOf(ended)).toMatchObject({ inserted: 1100, total: 1600, failed: true, errors: [expect.any(String)] })
  })

  it('8: a file that is corrupt or may not be read is named, and does not stop the rest', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('first'))
    await machine.push()
    machine.write({ ...reservation('r1'), ...reservation('secret'), 'reservations/corrupt.json': '{"reservation_id"' })
    fs.chmodSync(path.join(machine.coordination, 'reservations/secret.json'), 0o000)
    const { inserted, ignored } = await withoutPrivileges(machine, () => machine.push())
    expect(inserted).toBe(1)
    expect(ignored.map(({ path: file, reason }) => [path.basename(file), reason])).toEqual([
      ['corrupt.json', expect.stringContaining('no valid JSON')],
      ['secret.json', expect.stringMatching(/cannot be read: .*(EACCES|permission denied)/i)],
    ])
  })

  it('9: an owner or a slug that leads elsewhere reaches no hub', async () => {
    const hub = await startFaultyHub(takeEverything)
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('r1'))
    for (const name of ['..', 'a/b', 'a?b', 'a#b', '%2e%2e', 'a\\b']) {
      await expect(machine.push({ owner: name })).rejects.toMatchObject({ code: 'NAME_INVALID' })
      await expect(machine.pull({ slug: name })).rejects.toMatchObject({ code: 'NAME_INVALID' })
    }
    expect(hub.requests).toEqual([])
  })

  it('10: what a hub says reaches no terminal raw', async () => {
    const hub = await startFaultyHub(answer(500, { detail: '\u001b]0;owned\u0007\u001b[2J' }))
    const machine = await createMachine({ hub: hub.url })
    const { stderr } = await runCli(machine, ['sync', 'pull'])
    expect(stderr).toContain('owned')
    expect(stderr).not.toMatch(/[\u001b\u0007]/)
  })

  it('11: a link is neither uploaded nor followed', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const secret = path.join(machine.home, 'secret.json')
    fs.writeFileSync(secret, JSON.stringify({ reservation_id: 'secret' }))
    machine.write(reservation('r1'))
    fs.symlinkSync(secret, path.join(machine.coordination, 'reservations/link.json'))
    expect(await machine.push()).toMatchObject({ inserted: 1, ignored: [{ reason: expect.stringContaining('link') }] })
    expect((await swarm.stored()).map(({ recordId }) => recordId)).toEqual(['r1'])
    fs.mkdirSync(path.join(machine.coordination, 'remote'))
    fs.symlinkSync(machine.home, path.join(machine.coordination, 'remote/reservation'))
    await expect(machine.pull()).rejects.toMatchObject({ code: 'LINK_REFUSED' })
    expect(fs.readdirSync(machine.home).sort()).toEqual(['.muse', 'secret.json'])
  })

  it('12: an identity that cannot be read is an error, and not somebody nameless', async () => {
    const hub = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
    const machine = await createMachine({ hub: hub.url })
    fs.writeFileSync(path.join(machine.home, '.muse/identity.toml'), 'not toml at all')
    await expect(machine.pull()).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
    expect(hub.requests).toEqual([])
  })

  it('13: a run id that is no safe record id is named where it was written, and sent to nobody', async () => {
    const hub = await startFaultyHub(takeEverything)
    const machine = await createMachine({ hub: hub.url })
    machine.write({ 'heartbeats/a.json': { run_id: 'agent 7/main' } })
    expect(await machine.push()).toMatchObject({
      total: 0,
      ignored: [{ path: expect.stringContaining('a.json'), reason: 'unsafe record id "agent 7/main"' }],
    })
    expect(hub.requests).toEqual([])
  })

  it('14: duration_ms is in milliseconds', async () => {
    const hub = await startFaultyHub((_, response) => {
      setTimeout(() => response.end('{"records":[],"cursor":0}'), 120)
    })
    const machine = await createMachine({ hub: hub.url })
    const started = performance.now()
    const { durationMs } = await machine.pull()
    expect(durationMs).toBeGreaterThan(115)
    expect(durationMs).toBeLessThanOrEqual(performance.now() - started + 1)
  })

  it('15: a line end gets through no check of an id', async () => {
    const record = { id: 1, kind: 'reservation', record_id: 'r1\n', run_id: '', payload: {}, expires_at: null }
    const hub = await startFaultyHub(answer(200, { records: [record], cursor: 1 }))
    const machine = await createMachine({ hub: hub.url })
    machine.write({ 'reservations/a.json': { reservation_id: 'r1\n' } })
    expect(await machine.push()).toMatchObject({ total: 0, ignored: [{ reason: 'unsafe record id "r1\\n"' }] })
    expect(await machine.pull()).toMatchObject({ written: 0, rejected: [{ recordId: 'r1\n' }] })
    expect(machine.pulled()).toEqual([])
  })

  it('16: outside of a repository --json gets its document too', async () => {
    const machine = await createMachine()
    const ended = await runCli(machine, ['sync', 'push', '--owner', 'a', '--slug', 'b', '--json'], { directory: '/' })
    expect(ended.stderr).toBe('')
    expect(documentOf(ended)).toMatchObject({ status: 'not_a_repo' })
  })

  it('17: bad arguments and no repository end differently', async () => {
    const machine = await createMachine()
    const outside = { directory: '/' }
    expect(await runCli(machine, ['sync', 'push', '--frobnicate'], outside)).toMatchObject({ exitCode: 1 })
    expect(await runCli(machine, ['sync', 'push', '--owner', 'a', '--slug', 'b'], outside)).toMatchObject({
      exitCode: 2,
    })
  })

  it('18: a claim that could not be written whole is not there at all, and the next one finds the place free', async () => {
    const machine = await createMachine()
    const child = await childModule(`
      import { createRecordFile } from 'src/workspace/record-files.js'
      import { repoAt } from 'src/workspace/repo.js'
      let outcome
      try {
        outcome = createRecordFile(repoAt(process.argv[2]), 'claims', 't1', { task_id: 't1', note: 'x'.repeat(100_000) })
      } catch (error) {
        outcome = error.code
      }
      process.stdout.write(JSON.stringify(outcome))
    `)
    cleanUp(() => child.remove())
    const claims = path.join(machine.coordination, 'claims')
    expect(await child.run({ args: [machine.root], shell: 'ulimit -f 8;' })).toBe('FILE_FAILED')
    expect(fs.readdirSync(claims)).toEqual([])
    const outcomes = await Promise.all([1, 2, 3].map(() => child.run({ args: [machine.root] })))
    expect(outcomes.sort()).toEqual([false, false, true])
    expect(fs.readdirSync(claims)).toEqual(['t1.json'])
    expect(JSON.parse(fs.readFileSync(path.join(claims, 't1.json'), 'utf8'))).toMatchObject({ task_id: 't1' })
  })
})

/** Does something as a user whom file permissions bind: root is bound by none. */
async function withoutPrivileges<Result>(machine: Machine, work: () => Promise<Result>): Promise<Result> {
  const { geteuid, seteuid } = process
  if (geteuid?.() !== 0 || seteuid === undefined) return work()
  const NOBODY = 65_534
  const place = path.dirname(machine.root)
  for (const name of ['.', ...fs.readdirSync(place, { recursive: true, encoding: 'utf8' })]) {
    fs.chownSync(path.join(place, name), NOBODY, NOBODY)
  }
  seteuid(NOBODY)
  try {
    return await work()
  } finally {
    seteuid(0)
  }
}
