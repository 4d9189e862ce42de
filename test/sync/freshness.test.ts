import { describe, expect, it, jest } from '@jest/globals'
import { check } from '../../plugins/reserving/check.js'
import { heartbeat } from '../../plugins/reserving/heartbeat.js'
import { reserve } from '../../plugins/reserving/reserve.js'
import { type Clock, systemClock } from '../../src/base/clock.js'
import { tryProcessLock } from '../../src/files/process-lock.js'
import { openSession } from '../../src/open-session.js'
import { pull } from '../../src/sync/pull/pull.js'
import { push } from '../../src/sync/push/push.js'
import { freshness } from '../../src/workspace/freshness.js'
import { KEEPER_LOCK } from '../../src/workspace/keeper-lock.js'
import { type Session } from '../../src/workspace/session.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine, type MachineOptions } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

/** A clock that a test moves. */
class MovedClock implements Clock {
  constructor(public offset = 0) {}
  now(): number {
    return systemClock.now() + this.offset
  }
}

async function swarm(clock: Clock = systemClock) {
  const hub = await startHub({ clock })
  cleanUp(hub.close)
  const signer = await hub.register('gabriel')
  const machine = (options: MachineOptions = {}) => createMachine({ hub: hub.url, signer, ...options })
  const writer = await machine()
  writer.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
  await writer.push()
  return { hub, writer, machine }
}

function sessionWith({ root, env }: Machine, clock: Clock) {
  return openSession({ directory: root, env, clock })
}

describe('how fresh an answer is', () => {
  it('says that it has never pulled instead of free, and free after a pull', async () => {
    const { hub, machine } = await swarm()
    const reader = await machine()
    const before = await runCli(reader, ['check', 'a.ts'])
    expect(before).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`never pulled from ${hub.url}`) })
    expect(before.stdout).not.toContain('Free')
    expect(documentOf(await runCli(reader, ['check', 'a.ts', '--json']))).toMatchObject({
      status: 'unknown',
      as_of: null,
    })
    await reader.pull()
    const after = documentOf(await runCli(reader, ['check', 'a.ts', '--json']))
    expect(after).toMatchObject({ status: 'free', as_of: expect.any(String) })
    expect((await runCli(reader, ['tasks'])).stdout).toMatch(/as of \d+ s ago/)
  })

  it.each([3600, -3600])(
    'tells by the clock of the hub when what is held ends, where the own one is %s s off',
    async (off) => {
      const { now } = Date
      const hub = await startHub({ clock: { now } })
      cleanUp(() => hub.close())
      const signer = await hub.register('gabriel')
      const [holder, reader] = [
        await createMachine({ hub: hub.url, signer }),
        await createMachine({ hub: hub.url, signer }),
      ]
      await runCli(holder, ['reserve', 'a.ts', '--deny', '--run-id', 'r1', '--ttl', '90m'])
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + off * 1000)
      cleanUp(async () => clock.mockRestore())
      expect(await runCli(reader, ['sync', 'pull', '--all'])).toMatchObject({ exitCode: 0 })
      const { stdout } = await runCli(reader, ['status'])
      expect(stdout).toMatch(/^a\.ts .* in 1h /m)
    },
  )

  it('says nothing of it where there is no hub', async () => {
    const machine = await createMachine()
    expect(documentOf(await runCli(machine, ['check', 'a.ts', '--json']))).toMatchObject({
      status: 'free',
      as_of: null,
    })
    const { stdout } = await runCli(machine, ['check', 'a.ts'])
    expect(stdout).toBe('✅ Free: a.ts\n')
  })

  it('is of what has been pulled of every kind, to its end', async () => {
    const { machine } = await swarm()
    const reader = await machine()
    await reader.pull({ kinds: ['reservation'] })
    expect(freshness(reader.session).asOf).toBeNull()
    await reader.pull({ sinceId: 0 })
    expect(freshness(reader.session).asOf).toBeNull()
    await reader.pull()
    const { asOf } = freshness(reader.session)
    expect(asOf).not.toBeNull()
    await reader.pull({ kinds: ['reservation'] })
    expect(freshness(reader.session).asOf).toBe(asOf)
  })

  it('is by the hub’s clock, and its age by what has passed since', async () => {
    const hubClock = new MovedClock(-7200_000)
    const { machine } = await swarm(hubClock)
    const reader = await machine()
    const clock = new MovedClock()
    const session = await sessionWith(reader, clock)
    await pull(session, { all: true })
    clock.offset += 180_000
    const { asOf, ageSeconds } = freshness(await sessionWith(reader, clock))
    // Of two clocks that are two hours apart: which one it is shows, however long the pull took.
    expect(Math.abs(Date.parse(asOf ?? '') - hubClock.now())).toBeLessThan(3_600_000)
    expect(ageSeconds).toBeGreaterThanOrEqual(180)
    expect(ageSeconds).toBeLessThan(7200)
  })

  it('is nothing any more once the hub was replaced', async () => {
    const { machine } = await swarm()
    const reader = await machine()
    await reader.pull()
    reader.forget()
    expect(freshness(reader.session).asOf).toBeNull()
  })
})

describe('--max-age', () => {
  it('pulls first where what is known is older, and not where it is younger', async () => {
    const { writer, machine } = await swarm()
    const reader = await machine()
    await reader.pull()
    await reserve(writer.session, { addresses: ['a.ts'], runId: 'r1', ttlSeconds: 600 })
    await writer.push()
    expect(await runCli(reader, ['check', 'a.ts', '--max-age', '1h'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(reader, ['check', 'a.ts', '--max-age', '0'])).toMatchObject({ exitCode: 6 })
  })

  it.each([['log'], ['dag'], ['show', 't1'], ['wait', 't2', '--offline']])('is known by %s', async (...line) => {
    const { writer, machine } = await swarm()
    const reader = await machine()
    writer.write({
      'tasks/t2.json': { task_id: 't2', run_id: 'r1' },
      'claims/t2.json': { task_id: 't2', claimer_run_id: 'r1', status: 'completed', expires_at: null },
    })
    await writer.push()
    const seen = await runCli(reader, [...line, '--max-age', '0', '--json'])
    expect(documentOf(seen)).toMatchObject({ as_of: expect.any(String) })
    expect(seen).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/t1|t2/) })
  })

  it('refuses where the hub does not answer, and says of when what is known is', async () => {
    const { hub, machine } = await swarm()
    const reader = await machine()
    const never = await runCli(await machine({ hub: 'http://127.0.0.1:9' }), ['status', '--max-age', '5m'])
    expect(never).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Nothing was ever pulled, and the hub'),
    })
    await reader.pull()
    await hub.close()
    const { exitCode, stderr } = await runCli(reader, ['status', '--max-age', '0'])
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/What is known here is of 20.*could not be asked/)])
    expect(await runCli(reader, ['status', '--max-age', '1h'])).toMatchObject({ exitCode: 0 })
  })
})

describe('what was written', () => {
  it('is said not to be sent yet, until it is', async () => {
    const { writer } = await swarm()
    const added = await runCli(writer, ['enqueue', 'more'])
    expect(added.stdout).toContain('not sent yet (muse-coord sync push)')
    const document = documentOf(await runCli(writer, ['reserve', 'a.ts', '--run-id', 'r1', '--json']))
    expect(document).toMatchObject({ is_sent: false })
    const claimed = documentOf(await runCli(writer, ['claim', '--run-id', 'r1', '--json']))
    expect(claimed).toMatchObject({ is_sent: true })
  })

  it('is on its way while a keeper runs', async () => {
    const { writer } = await swarm()
    const lock = await tryProcessLock(writer.session.workspace.repo.sync, KEEPER_LOCK)
    cleanUp(async () => lock?.release())
    expect((await runCli(writer, ['enqueue', 'more'])).stdout).toContain('on its way: `sync watch` is running')
    expect(documentOf(await runCli(writer, ['enqueue', 'again', '--json']))).toMatchObject({ is_sent: false })
  })

  it('has nowhere to go where there is no hub', async () => {
    const machine = await createMachine()
    expect(documentOf(await runCli(machine, ['enqueue', 'more', '--json']))).not.toHaveProperty('is_sent')
  })
})

describe('a machine whose clock is off', () => {
  it.each([3600, -3600])('by %d s sees what the others see', async (seconds) => {
    const { writer, machine } = await swarm()
    await reserve(writer.session, { addresses: ['a.ts'], runId: 'r1', ttlSeconds: 1800 })
    await reserve(writer.session, { addresses: ['b.ts'], runId: 'r1', ttlSeconds: 1 })
    await writer.push()
    const reader = await machine()
    const session = await sessionWith(reader, new MovedClock(seconds * 1000))
    await pull(session, { all: true })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    // In the next process too, which asks no hub.
    const later = await sessionWith(reader, new MovedClock(seconds * 1000))
    expect(check(later, { addresses: ['a.ts'], runId: 'r2' }).status).toBe('held')
    expect(check(later, { addresses: ['b.ts'], runId: 'r2' }).status).toBe('free')
  })

  it.each([3600, -3600])('by %d s reserves until when it says, for all', async (seconds) => {
    const { machine } = await swarm()
    const other = await machine()
    const session = await sessionWith(other, new MovedClock(seconds * 1000))
    await pull(session, { all: true })
    await reserve(session, { addresses: ['a.ts'], runId: 'r1', ttlSeconds: 600 })
    await push(session)
    const reader = await machine()
    await reader.pull()
    const [hold] = check(reader.session, { addresses: ['a.ts'], runId: 'r2' }).holders
    const left = Date.parse(hold?.until ?? '') - systemClock.now()
    expect(left).toBeGreaterThan(300_000)
    expect(left).toBeLessThan(601_000)
  })

  it.each([3600, -3600])(
    'by %d s has alone what it reserves, until when it says, also before its first pull',
    async (seconds) => {
      const { writer, machine } = await swarm()
      const clock = new MovedClock(seconds * 1000)
      const off = await sessionWith(await machine(), clock)
      const ask = (session: Session, runId: string, address: string) =>
        reserve(session, { addresses: [address], runId, ttlSeconds: 600, deny: true })
      expect(await ask(off, 'r1', 'a.ts')).toMatchObject({ status: 'ok' })
      expect(await ask(writer.session, 'r2', 'a.ts')).toMatchObject({ status: 'held' })
      const [hold] = check(writer.session, { addresses: ['a.ts'] }).holders
      const left = Date.parse(hold?.until ?? '') - systemClock.now()
      expect(left).toBeGreaterThan(300_000)
      expect(left).toBeLessThan(601_000)
      expect(await ask(writer.session, 'r2', 'b.ts')).toMatchObject({ status: 'ok' })
      expect(await ask(off, 'r1', 'b.ts')).toMatchObject({ status: 'held' })
      clock.offset += 300_000
      expect(await heartbeat(off, { runId: 'r1' })).toMatchObject({ status: 'ok', notRenewed: [] })
    },
  )
})
