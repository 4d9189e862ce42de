import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/plugin.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { giveIdentity } from '../support/give-identity.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'
import { verbsAt } from './verbs-at.js'

const DAY = 24 * 3600
const days = (count: number) => new Date(Date.now() + count * DAY * 1000).toISOString()

describe('gc', () => {
  it('removes what has been over for a week, with all that hangs on it, and keeps the rest', async () => {
    const { root, clock, run, pulled } = await verbsAt()
    const over = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    await run('reserve', 'b.ts', '--run-id', 'a', '--ttl', '60', '--depends-on', over)
    await run('release', over, '--run-id', 'a')
    await run('heartbeat', '--run-id', 'a', '--extension', '60')
    await run('intent', 'a.ts', '--op', 'move', '--run-id', 'a')
    await run('enqueue', 'Work', '--id', 't1')
    await run('claim', 't1', '--run-id', 'a')
    await run('complete', 't1', '--run-id', 'a', '--result', '{}')
    pulled({ kind: 'reservation', record_id: 'far', run_id: 'b', expires_at: '2026-03-18T12:00:10Z' })
    const kept = (await run('reserve', 'c.ts', '--run-id', 'a', '--ttl', String(30 * DAY))).json.reservation_id
    clock.move(8 * DAY)
    const { json } = await run('gc', '--dry-run')
    expect(json).toMatchObject({ dry_run: true, older_than_seconds: 7 * DAY, unsent: [] })
    expect(files(root)).toHaveLength(10)
    const { removed } = (await run('gc')).json
    expect(removed).toEqual(json.removed)
    expect(removed.map((one) => `${one.kind} ${one.origin}`).sort()).toEqual([
      'claim local',
      'dependency local',
      'heartbeat local',
      'intent local',
      'release local',
      'reservation local',
      'reservation local',
      'reservation remote',
      'task local',
    ])
    expect(files(root)).toEqual([`reservations/${kept}.json`])
    expect((await run('gc')).json.removed).toEqual([])
  })

  it('removes a task before the claim that has finished it: killed in between, it opens nothing again', async () => {
    const { clock, run } = await verbsAt()
    for (const id of ['t1', 't2']) {
      await run('enqueue', 'Work', '--id', id)
      await run('claim', id, '--run-id', 'a')
      await run('complete', id, '--run-id', 'a')
    }
    clock.move(8 * DAY)
    const { removed } = (await run('gc')).json
    expect(removed.map((one) => one.kind)).toEqual(['task', 'task', 'claim', 'claim'])
  })

  it('keeps a finished task as long as an open one comes after it', async () => {
    const { root, clock, run } = await verbsAt()
    for (const id of ['before', 'after']) {
      await run('enqueue', 'Work', '--id', id, ...(id === 'after' ? ['--after', 'before'] : []))
    }
    await run('claim', 'before', '--run-id', 'a')
    await run('complete', 'before', '--run-id', 'a', '--result', '{}')
    clock.move(8 * DAY)
    expect((await run('gc')).json.removed).toEqual([])
    expect(files(root)).toEqual(['claims/before.json', 'tasks/after.json', 'tasks/before.json'])
    expect((await run('claim', '--run-id', 'b')).json.task_id).toBe('after')
  })

  it('keeps a reservation that heartbeats extend, however long ago it would have lapsed', async () => {
    const { root, clock, run } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    await run('heartbeat', id, '--run-id', 'a', '--extension', String(20 * DAY))
    clock.move(15 * DAY)
    expect((await run('gc')).json.removed).toEqual([])
    expect((await run('check', 'a.ts')).exitCode).toBe(6)
    clock.move(13 * DAY)
    expect((await run('gc')).json.removed).toHaveLength(2)
    expect(files(root)).toEqual([])
  })

  it('takes a lapsed lease, and never a finished one', async () => {
    const { root, clock, run, put } = await verbsAt()
    put('claims/t1.json', { task_id: 't1', claimer_run_id: 'a', expires_at: '2026-03-18T12:00:10Z' })
    put('claims/t2.json', { task_id: 't2', claimer_run_id: 'a', expires_at: null, status: 'completed' })
    clock.move(8 * DAY)
    await run('gc')
    expect(files(root)).toEqual(['claims/t2.json'])
  })

  it('goes by --older-than', async () => {
    const { clock, run } = await verbsAt()
    await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')
    clock.move(3600)
    expect((await run('gc', '--older-than', '1h')).json.removed).toEqual([])
    clock.move(60)
    expect((await run('gc', '--older-than', '1h')).json.removed).toHaveLength(1)
    expect(await run('gc', '--older-than', 'soon')).toMatchObject({ exitCode: 1, json: { status: 'bad_args' } })
  })

  it('never touches what is unsent, and takes it once a hub has it', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({
      'reservations/past.json': { reservation_id: 'past', run_id: 'a', expires_at: days(-30) },
      'claims/sent.json': { task_id: 'sent', claimer_run_id: 'a', expires_at: days(-30) },
    })
    await machine.push()
    machine.write({
      'reservations/unsent.json': { reservation_id: 'unsent', run_id: 'a', expires_at: days(-30) },
      // Rewritten since: the hub has something else.
      'claims/sent.json': { task_id: 'sent', claimer_run_id: 'a', expires_at: days(-29) },
      'reservations/odd.json': { reservation_id: 'odd', run_id: 'a', addresses: 5, expires_at: days(-30) },
    })
    const first = await gc(machine)
    expect(names(first.removed)).toEqual(['reservation/past'])
    expect(names(first.unsent)).toEqual(['claim/sent', 'reservation/odd', 'reservation/unsent'])
    await machine.push()
    expect(names((await gc(machine)).removed)).toEqual(['claim/sent', 'reservation/odd', 'reservation/unsent'])
  })

  it('keeps everything of its own while the hub of the settings has had nothing, and says so', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({
      'reservations/own.json': { reservation_id: 'own', run_id: 'a', expires_at: days(-30) },
      'remote/reservation/far.json': {
        ...{ id: 1, kind: 'reservation', record_id: 'far', run_id: 'b', payload: {}, expires_at: days(-30) },
        ...{ author: 'x', token: null, received_at: days(-40) },
      },
    })
    const { removed, unsent } = await gc(machine)
    expect([names(removed), names(unsent)]).toEqual([['reservation/far'], ['reservation/own']])
    expect((await runCli(machine, ['gc'])).stdout).toContain('unsent')
  })

  it('waits for no space that a slip in an address named once', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ 'reservations/own.json': { reservation_id: 'own', run_id: 'a', expires_at: days(-30) } })
    expect((await runCli(machine, ['sync', 'push', '--owner', 'gabreil'])).exitCode).toBe(1)
    await machine.push()
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ unsent: { total: 0 } })
    const { removed, unsent } = await gc(machine)
    expect([names(removed), names(unsent)]).toEqual([['reservation/own'], []])
  })

  it.each([
    ['takes a hub that has two addresses for one, by its epoch', 'e1', 'e1', []],
    ['names the other hub that lacks something, where that of the settings has all', 'e1', 'e2', ['own']],
  ])('%s', async (_, here, there, left) => {
    const takenBy = (epoch: string, inserted: number) => answer(200, { inserted, skipped: 0, cursor: inserted, epoch })
    const [hub, other] = [await startFaultyHub(), await startFaultyHub()]
    const { privateKey } = generateKeyPairSync('ed25519')
    const machine = await createMachine({ hub: hub.url, signer: { handle: 'gabriel', privateKey } })
    giveIdentity(machine.env, other.url, { handle: 'gabriel', privateKey })
    machine.write({ 'reservations/first.json': { reservation_id: 'first', run_id: 'a', expires_at: days(30) } })
    other.behave(takenBy(there, 1))
    await machine.push({ hub: other.url })
    machine.write({ 'reservations/own.json': { reservation_id: 'own', run_id: 'a', expires_at: days(-30) } })
    hub.behave(takenBy(here, 2))
    await machine.push()
    const { attention } = documentOf(await runCli(machine, ['status', '--json']))
    const command = `sync push --hub ${other.url} --owner gabriel --slug muse`
    const message = `1 record(s) are unsent to gabriel/muse at ${other.url}`
    expect(attention).toEqual(left.length === 0 ? [] : [{ what: 'unsent', message, command }])
    const { removed, unsent } = await gc(machine)
    expect([names(removed), names(unsent)]).toEqual(
      left.length === 0 ? [['reservation/own'], []] : [[], ['reservation/own']],
    )
    other.behave(takenBy(there, 1))
    expect((await runCli(machine, command.split(' '))).exitCode).toBe(0)
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ attention: [] })
  })

  it('finds what is unsent without writing, as in a workspace that is mounted read-only', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ 'reservations/own.json': { reservation_id: 'own', run_id: 'a', expires_at: days(1) } })
    await machine.push()
    machine.write({ 'reservations/more.json': { reservation_id: 'more', run_id: 'a', expires_at: days(1) } })
    const times = () => {
      const state = path.join(machine.coordination, '.sync')
      // What is cached there beside it is no note on what is unsent.
      return fs
        .readdirSync(state, { recursive: true })
        .filter((name) => `${name}`.includes('gabriel'))
        .map((name) => [name, fs.statSync(path.join(state, `${name}`)).mtimeMs])
    }
    const before = times()
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ unsent: { total: 1 } })
    expect(times()).toEqual(before)
  })

  it('removes nothing on the word of a note that names a path', async () => {
    const { root, run, put } = await verbsAt()
    const note = { schema_version: '1', kind: 'claim', run_id: 'a', state: 'lost', token: null, holder: null }
    // What the name of such a note would be, with the record id that it tells.
    const victim = put('../kept.ca978112ca1bbdca.json', '{}')
    put('.sync/leases/claim/x.json', { ...note, record_id: '../../../../kept' })
    fs.utimesSync(victim, 0, 0)
    expect((await run('gc')).exitCode).toBe(0)
    expect(fs.existsSync(path.join(root, '.muse/kept.ca978112ca1bbdca.json'))).toBe(true)
  })

  it('sweeps a kind of a plugin as it sweeps the built-in ones', async () => {
    const plugin = defineKind<{ at?: string }>({
      name: 'checkpoint',
      directory: 'checkpoints',
      idField: 'at',
      runIdField: 'at',
      schema: {},
      merge: 'latest',
      expiresAt: () => null,
      ends: () => () => 0,
    })
    const swarm = await createSwarm()
    const machine = await swarm.machine({ plugins: [plugin] })
    machine.write({ 'checkpoints/c1.json': {} })
    await machine.push()
    const { collectGarbage } = await import('../../src/sync/collect-garbage.js')
    const { findUnsent } = await import('../../src/sync/push/unsent.js')
    const { repo, registry, view } = machine.session.workspace
    const unsent = await findUnsent(machine.session)
    const records = view.everything()
    const kinds = registry.all
    const options = { repo, kinds, view, records, now: Date.now(), olderThanSeconds: 1, unsent, dryRun: false }
    expect(collectGarbage(options).removed).toMatchObject([{ kind: 'checkpoint', recordId: 'c1' }])
    expect(fs.readdirSync(path.join(machine.coordination, 'checkpoints'))).toEqual([])
  })
})

interface Collected {
  readonly kind: string
  readonly record_id: string
}

async function gc(machine: Machine): Promise<{ removed: Collected[]; unsent: Collected[] }> {
  return documentOf(await runCli(machine, ['gc', '--json'])) as unknown as { removed: Collected[]; unsent: Collected[] }
}

function names(collected: readonly Collected[]): string[] {
  return collected.map(({ kind, record_id: id }) => `${kind}/${id}`).sort()
}

function files(root: string): string[] {
  const directory = path.join(root, '.muse/coordination')
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
}
