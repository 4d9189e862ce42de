import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { defineKind } from '../../src/plugin.js'
import { workspaceAt } from './workspace-at.js'

const T0 = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString()
/** Puts a file's modification time this many seconds after a fixed moment. */
const arrive = (file: string, seconds: number) => fs.utimesSync(file, 1_700_000_000 + seconds, 1_700_000_000 + seconds)

describe('the view', () => {
  it('sees own records and pulled ones together', async () => {
    const { workspace, put, pulled } = await workspaceAt()
    put('reservations/r1.json', { reservation_id: 'r1', run_id: 'a', expires_at: at(60) })
    pulled({ kind: 'reservation', record_id: 'r2', run_id: 'b', id: 7, payload: { run_id: 'b' }, expires_at: at(30) })
    expect(workspace.view.entries('reservation')).toMatchObject([
      { recordId: 'r1', runId: 'a', origin: 'local', lapsed: false, author: null, id: null, shadowed: [] },
      { recordId: 'r2', runId: 'b', origin: 'remote', lapsed: false, author: 'gabriel', id: 7, expiresAt: at(30) },
    ])
  })

  it('tells what has lapsed by the clock at the moment it is asked, back and forth', async () => {
    const { workspace, clock, put } = await workspaceAt()
    put('reservations/r1.json', { reservation_id: 'r1', expires_at: at(60) })
    const lapsed = () => workspace.view.named('reservation', 'r1')?.lapsed
    expect(lapsed()).toBe(false)
    clock.move(60)
    expect(lapsed()).toBe(true)
    clock.move(-1)
    expect(lapsed()).toBe(false)
  })

  it('shows an own record once when its copy came back from the hub', async () => {
    const { workspace, put, pulled } = await workspaceAt()
    const payload = { reservation_id: 'r1', run_id: 'a' }
    put('reservations/r1.json', payload)
    pulled({ kind: 'reservation', record_id: 'r1', run_id: 'a', payload })
    const entries = workspace.view.entries('reservation')
    expect(entries).toMatchObject([{ origin: 'local', shadowed: [{ origin: 'remote', author: 'gabriel' }] }])
  })

  it('keeps every file of one id at hand: other programs write one heartbeat a reservation', async () => {
    const { workspace, put } = await workspaceAt()
    const beat = (reservation_id: string) => ({ schema_version: 1, run_id: 'a', reservation_id })
    const newer = put('heartbeats/r2.json', beat('r2'))
    const older = put('heartbeats/r1.json', beat('r1'))
    arrive(older, 0)
    arrive(newer, 1)
    expect(workspace.view.entries('heartbeat')).toMatchObject([
      { recordId: 'a', file: newer, shadowed: [{ payload: beat('r1') }, { payload: beat('r2') }] },
    ])
  })

  it('names what holds no record, and goes on', async () => {
    const { root, workspace, put, pulled } = await workspaceAt()
    put('reservations/good.json', {})
    put('reservations/half.json', '{"reservation_id":')
    put('reservations/list.json', '[]')
    put('reservations/unsafe.json', { reservation_id: '../x' })
    put('reservations/odd.json', { reservation_id: 'odd', expires_at: 'tomorrow' })
    put('remote/reservation/alien.json', '{"kind":"task","record_id":"alien","run_id":"","payload":{}}')
    fs.symlinkSync('/etc/passwd', path.join(root, '.muse/coordination/reservations/link.json'))
    pulled({ kind: 'reservation', record_id: 'far' })
    fs.renameSync(
      pulled({ kind: 'reservation', record_id: 'moved' }),
      path.join(root, '.muse/coordination/remote/reservation/elsewhere.json'),
    )
    expect(workspace.view.entries('reservation').map(({ recordId }) => recordId)).toEqual(['good', 'far'])
    const problems = workspace.view.problems('reservation')
    expect(problems.map((problem) => `${path.basename(problem.path)} ${problem.reason}`).sort()).toEqual([
      'alien.json holds a record of the kind "task"',
      'elsewhere.json holds another record: "moved"',
      expect.stringMatching(/^half.json is no valid JSON: /),
      'link.json is a symbolic link',
      'list.json is no JSON object: []',
      'odd.json is no record: the expiry rule of "reservation" gave no timestamp: "tomorrow"',
      'unsafe.json is no record: unsafe record id "../x"',
    ])
  })

  it('reports a linked directory and does not follow it', async () => {
    const { root, workspace } = await workspaceAt()
    fs.mkdirSync(path.join(root, 'elsewhere'))
    fs.writeFileSync(path.join(root, 'elsewhere', 'r1.json'), '{}')
    fs.symlinkSync(path.join(root, 'elsewhere'), path.join(root, '.muse/coordination/reservations'))
    expect(workspace.view.entries('reservation')).toEqual([])
    expect(workspace.view.problems()).toMatchObject([{ reason: expect.stringContaining('symbolic link') }])
  })

  it('notices files that come, go, are replaced or are written into', async () => {
    const { workspace, put, pulled } = await workspaceAt()
    const ids = () => workspace.view.entries('intent').map(({ recordId, payload }) => `${recordId} ${payload.detail}`)
    expect(ids()).toEqual([])
    const file = put('intents/i1.json', { detail: 'one' })
    expect(ids()).toEqual(['i1 one'])
    fs.writeFileSync(file, JSON.stringify({ detail: 'two' }))
    expect(ids()).toEqual(['i1 two'])
    const far = pulled({ kind: 'intent', record_id: 'i2', payload: { detail: 'far' } })
    expect(ids()).toEqual(['i1 two', 'i2 far'])
    fs.rmSync(far)
    fs.rmSync(file)
    expect(ids()).toEqual([])
  })

  it('refuses the name of a kind that nobody registered', async () => {
    const { workspace } = await workspaceAt()
    expect(() => workspace.view.entries('clam')).toThrow(/No plugin registers the kind "clam"/)
  })

  it('reads a kind of a plugin as it reads the built-in ones', async () => {
    const checkpoint = defineKind({
      name: 'checkpoint',
      directory: 'checkpoints',
      idField: 'checkpoint_id',
      runIdField: 'run_id',
      schema: {},
      merge: 'latest',
      expiresAt: () => null,
    })
    const { workspace, put } = await workspaceAt([checkpoint])
    put('checkpoints/main.json', { run_id: 'a' })
    expect(workspace.view.entries('checkpoint')).toMatchObject([{ recordId: 'main', runId: 'a' }])
  })

  it('reads ten thousand records once, and again only what changed', async () => {
    const { reopen, put, pulled } = await workspaceAt()
    for (let index = 0; index < 5000; index++) {
      put(`reservations/l${index}.json`, { reservation_id: `l${index}`, run_id: 'a', addresses: ['a.ts'] })
      pulled({ kind: 'reservation', record_id: `r${index}`, run_id: 'b', payload: { addresses: ['b.ts'] } })
    }
    await new Promise((resolve) => setTimeout(resolve, 150))
    const { view } = await reopen()
    const opened = jest.spyOn(fs, 'openSync')
    const openedRecords = () => opened.mock.calls.filter(([file]) => `${file}`.endsWith('.json'))
    expect(view.entries('reservation')).toHaveLength(10_000)
    expect(openedRecords()).toHaveLength(10_000)
    opened.mockClear()
    expect(view.entries('reservation')).toHaveLength(10_000)
    expect(openedRecords()).toHaveLength(0)
    put('reservations/l7.json', { reservation_id: 'l7', run_id: 'c' })
    opened.mockClear() // `put` opens it too
    expect(view.named('reservation', 'l7')).toMatchObject({ runId: 'c' })
    expect(openedRecords()).toHaveLength(1)
    opened.mockRestore()
  })
})

describe('of two runs with one record id', () => {
  const claim = (run: string, expires: string | null) => ({ task_id: 't', claimer_run_id: run, expires_at: expires })

  /** The claims of a local run and of one at the hub, and which came into the workspace later. */
  async function standing(
    local: { run: string; expires: string | null },
    remote: { run: string; expires: string | null },
    later: 'local' | 'remote',
  ) {
    const { workspace, put, pulled } = await workspaceAt()
    const own = put('claims/t.json', claim(local.run, local.expires))
    const far = pulled({
      kind: 'claim',
      record_id: 't',
      run_id: remote.run,
      expires_at: remote.expires,
      payload: claim(remote.run, remote.expires),
      token: 3,
    })
    arrive(own, later === 'local' ? 1 : 0)
    arrive(far, later === 'local' ? 0 : 1)
    return workspace.view.named('claim', 't')
  }

  it('a lease that a pull brought later stands before the local one', async () => {
    const entry = await standing({ run: 'a', expires: at(60) }, { run: 'b', expires: at(50) }, 'remote')
    expect(entry).toMatchObject({ runId: 'b', token: 3, origin: 'remote', shadowed: [{ runId: 'a' }] })
  })

  it('a lease that was taken here after the pull stands before the old holder', async () => {
    const entry = await standing({ run: 'a', expires: at(60) }, { run: 'b', expires: at(50) }, 'local')
    expect(entry).toMatchObject({ runId: 'a', origin: 'local' })
  })

  it('a lapsed lease gives way to one that holds, wherever it came from', async () => {
    expect(await standing({ run: 'a', expires: at(60) }, { run: 'b', expires: at(-1) }, 'remote')).toMatchObject({
      runId: 'a',
    })
    expect(await standing({ run: 'a', expires: at(-1) }, { run: 'b', expires: at(60) }, 'local')).toMatchObject({
      runId: 'b',
    })
  })

  it('a lease that is finished for good at the hub stands before everything', async () => {
    expect(await standing({ run: 'a', expires: at(60) }, { run: 'b', expires: null }, 'local')).toMatchObject({
      runId: 'b',
    })
    expect(await standing({ run: 'a', expires: at(60) }, { run: 'a', expires: null }, 'local')).toMatchObject({
      origin: 'remote',
    })
  })

  it('a run sees its own renewal before the hub has it', async () => {
    expect(await standing({ run: 'a', expires: at(90) }, { run: 'a', expires: at(30) }, 'remote')).toMatchObject({
      origin: 'local',
      expiresAt: at(90),
    })
  })

  it('of records that are written once, the one that the hub took stands', async () => {
    const { workspace, put, pulled } = await workspaceAt()
    put('tasks/t.json', { task_id: 't', run_id: 'a', title: 'mine' })
    pulled({ kind: 'task', record_id: 't', run_id: 'b', payload: { title: 'theirs' } })
    expect(workspace.view.named('task', 't')).toMatchObject({ payload: { title: 'theirs' } })
  })
})
