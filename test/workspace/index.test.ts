import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { loadSqlite } from '../../src/files/load-sqlite.js'
import { openSession } from '../../src/index.js'
import { StoreIndex } from '../../src/workspace/index/store-index.js'
import { repoAt } from '../../src/workspace/repo.js'
import { View } from '../../src/workspace/view.js'
import { createMachine } from '../support/machine.js'
import { reservations } from '../support/records.js'
import { startExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { workspaceAt } from './workspace-at.js'

const T0 = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString()
const aTick = () => new Promise((resolve) => setTimeout(resolve, 20))

/** The record files that were opened while something ran. */
function openedBy(action: () => unknown): string[] {
  const opened = jest.spyOn(fs, 'openSync')
  action()
  const files = opened.mock.calls.map(([file]) => `${file}`)
  opened.mockRestore()
  return files.filter((file) => /coordination.*[.]json$/.test(file)).map((file) => path.basename(file))
}

describe('the index of a store', () => {
  it('spares another process the files that the first one has read', async () => {
    const { workspace, reopen, put, pulled } = await workspaceAt()
    put('reservations/own.json', { reservation_id: 'own', run_id: 'a', expires_at: at(60) })
    pulled({ kind: 'reservation', record_id: 'far', run_id: 'b', expires_at: at(60) })
    await aTick()
    expect(openedBy(() => workspace.view.alive().entries('reservation'))).toEqual(['own.json', 'far.json'])
    const { view } = await reopen()
    expect(openedBy(() => expect(view.alive().entries('reservation')).toHaveLength(2))).toEqual([])
    expect(openedBy(() => expect(view.entries('reservation')).toHaveLength(2))).toEqual([])
  })

  it('leaves out what is over, and tells its end and what it was by its id', async () => {
    const { workspace, clock, put } = await workspaceAt()
    put('reservations/r.json', { reservation_id: 'r', run_id: 'a', expires_at: at(60) })
    put('releases/l.json', { release_id: 'l', run_id: 'a', reservation_id: 'r', released_at: at(10) })
    const ids = (kind: string) =>
      workspace.view
        .alive()
        .entries(kind)
        .map(({ recordId }) => recordId)
    expect([ids('reservation'), ids('release')]).toEqual([['r'], ['l']])
    clock.move(10)
    expect([ids('reservation'), ids('release')]).toEqual([[], []])
    expect(workspace.view.endOf('reservation', 'r')).toBe(T0 + 10_000)
    expect(workspace.view.named('release', 'l')?.payload).toMatchObject({ reservation_id: 'r' })
    const wanted = workspace.view.alive(['r'])
    expect([wanted.entries('reservation').length, wanted.entries('release').length]).toEqual([1, 1])
    clock.move(-1)
    expect(ids('reservation')).toEqual(['r'])
  })

  it('brings back what is over when a record that mentions it goes', async () => {
    const { workspace, clock, put } = await workspaceAt()
    put('reservations/r.json', { reservation_id: 'r', run_id: 'a', expires_at: at(60) })
    const release = put('releases/l.json', { release_id: 'l', run_id: 'a', reservation_id: 'r', released_at: at(10) })
    clock.move(20)
    expect(workspace.view.alive().entries('reservation')).toEqual([])
    fs.rmSync(release)
    expect(workspace.view.alive().entries('reservation')).toHaveLength(1)
  })

  it('keeps a heartbeat whose own end has passed as long as what it extends', async () => {
    const { workspace, clock, put } = await workspaceAt()
    put('reservations/r.json', { reservation_id: 'r', run_id: 'a', expires_at: at(10) })
    put('heartbeats/a.json', { run_id: 'a', last_beat_at: at(5), expires_at: at(20), reservations: { r: at(60) } })
    workspace.view.alive()
    clock.move(30)
    const alive = workspace.view.alive()
    expect([alive.endOf('heartbeat', 'a'), alive.endOf('reservation', 'r')]).toEqual([T0 + 20_000, T0 + 60_000])
    expect(alive.entries('heartbeat')).toHaveLength(1)
    clock.move(30)
    expect(workspace.view.alive().entries('heartbeat')).toEqual([])
  })

  it('knows the end of a reservation that is over for what is still kept by another', async () => {
    const { workspace, clock, put } = await workspaceAt()
    put('reservations/over.json', { reservation_id: 'over', run_id: 'a', expires_at: at(60) })
    put('reservations/open.json', { reservation_id: 'open', run_id: 'a', expires_at: at(90) })
    put('releases/l.json', { release_id: 'l', run_id: 'a', reservation_id: 'over', released_at: at(10) })
    put('intents/i.json', { intent_id: 'i', run_id: 'a', reservation_id: 'over', beside: 'open', expires_at: at(90) })
    clock.move(20)
    const alive = workspace.view.alive()
    expect(alive.entries('intent')).toHaveLength(1)
    expect(alive.entries('release')).toEqual([])
    expect(alive.endOf('intent', 'i')).toBe(T0 + 10_000)
  })

  it('keeps a lease as long as the lapse of one of its copies may let the other stand', async () => {
    const { workspace, clock, put, pulled } = await workspaceAt()
    const claim = { task_id: 't', claimer_run_id: 'a', status: 'claimed', expires_at: at(60) }
    pulled({
      kind: 'claim',
      record_id: 't',
      run_id: 'b',
      payload: { ...claim, claimer_run_id: 'b' },
      expires_at: at(5),
    })
    await aTick()
    const own = put('claims/t.json', claim)
    fs.utimesSync(own, 1, 1)
    expect(workspace.view.alive().named('claim', 't')?.runId).toBe('b')
    clock.move(10)
    expect(workspace.view.alive().entries('claim')).toMatchObject([{ runId: 'a', lapsed: false }])
  })

  it.each([true, false])(
    'finds each rewrite in place, however soon after a look (a tick between: %s)',
    async (waits) => {
      const { workspace, put } = await workspaceAt()
      for (let n = 100; n < (waits ? 105 : 160); n++) {
        put('reservations/r.json', { reservation_id: 'r', run_id: 'a', n })
        if (waits) await aTick()
        expect(workspace.view.alive().named('reservation', 'r')?.payload).toMatchObject({ n })
      }
    },
  )

  it('looks again at what is asked for alone, and tells of the rest at the next look', async () => {
    const { workspace, put } = await workspaceAt()
    for (const id of ['r1', 'r2', 'r3']) put(`reservations/${id}.json`, { reservation_id: id, run_id: 'a', n: 1 })
    await aTick()
    expect(workspace.view.alive().entries('reservation')).toHaveLength(3)
    await aTick()
    expect(workspace.view.alive().entries('reservation')).toHaveLength(3)
    const asked = jest.spyOn(fs, 'lstatSync')
    const again = (id: string) => workspace.view.again('reservation', [id]).named('reservation', id)?.payload
    expect(again('r1')).toMatchObject({ n: 1 })
    const names = asked.mock.calls.map(([file]) => path.basename(`${file}`))
    asked.mockRestore()
    expect(names).toContain('r1.json')
    expect(names).not.toContain('r2.json')
    for (const id of ['r1', 'r2', 'r4']) put(`reservations/${id}.json`, { reservation_id: id, run_id: 'a', n: 2 })
    fs.rmSync(path.join(workspace.repo.coordinationDirectory, 'reservations/r3.json'))
    expect([again('r1'), again('r4'), again('r3')]).toMatchObject([{ n: 2 }, { n: 2 }, undefined])
    const seen = workspace.view.alive().entries('reservation')
    expect(seen.map(({ recordId, payload }) => [recordId, payload.n])).toEqual([
      ['r1', 2],
      ['r2', 2],
      ['r4', 2],
    ])
  })

  it('looks at everything again where another process has begun the index anew between its look and its lock', async () => {
    const { workspace, put } = await workspaceAt()
    for (const id of ['r1', 'r2']) put(`reservations/${id}.json`, { reservation_id: id, run_id: 'a', n: 1 })
    await aTick()
    expect(workspace.view.alive().entries('reservation')).toHaveLength(2)
    put('reservations/r1.json', { reservation_id: 'r1', run_id: 'a', n: 2 })
    const { changeUnless } = StoreIndex.prototype
    let begunAnew = 0
    const between = jest.spyOn(StoreIndex.prototype, 'changeUnless').mockImplementation(function (
      this: StoreIndex,
      ...how
    ) {
      between.mockRestore()
      begunAnew++
      this.change((database) => database.run('DELETE FROM directories'))
      return changeUnless.apply(this, how)
    })
    const found = workspace.view.again('reservation', ['r1']).named('reservation', 'r1')
    expect(begunAnew).toBe(1)
    expect(found?.payload).toMatchObject({ n: 2 })
    expect(workspace.view.alive().entries('reservation')).toHaveLength(2)
  })

  describe('while another process changes it', () => {
    async function locked() {
      const { workspace, put } = await workspaceAt()
      put('reservations/r1.json', { reservation_id: 'r1', run_id: 'a' })
      await aTick()
      workspace.view.alive().entries('reservation')
      await aTick()
      put('reservations/r2.json', { reservation_id: 'r2', run_id: 'a' })
      await aTick()
      const other = loadSqlite()(workspace.repo.sync.pathOf('index.1.db'))
      other.exec('BEGIN IMMEDIATE')
      const look = () =>
        workspace.view
          .alive()
          .entries('reservation')
          .map(({ recordId }) => recordId)
      const waiting = (whenItWaits: () => void) =>
        jest.spyOn(Atomics, 'wait').mockImplementation(() => {
          whenItWaits()
          return 'timed-out'
        })
      return { workspace, other, look, waiting }
    }

    it('waits, and then changes it', async () => {
      const { workspace, other, look, waiting } = await locked()
      const waits = waiting(() => other.exec('COMMIT'))
      expect(look()).toEqual(['r1', 'r2'])
      expect(waits).toHaveBeenCalledTimes(1)
      waits.mockRestore()
      expect(
        StoreIndex.of(workspace.repo).read((database) => database.get('SELECT 1 FROM files WHERE name = ?', 'r2.json')),
      ).toBeDefined()
      other.close()
    })

    it('does without when it changes all the time, for whoever waits hears no interrupt', async () => {
      const { workspace, other, look } = await locked()
      const { wait } = Atomics
      let times = 0
      const waits = jest.spyOn(Atomics, 'wait').mockImplementation((...how: Parameters<typeof wait>) => {
        if (++times > 1000) throw new Error('waits for ever')
        other.exec(`UPDATE meta SET value = ${times} WHERE name = 'other'; COMMIT; BEGIN IMMEDIATE`)
        return wait(...how)
      })
      other.exec(`INSERT INTO meta VALUES ('other', 0)`)
      expect(look()).toEqual(['r1', 'r2'])
      expect(times).toBeGreaterThan(10)
      waits.mockRestore()
      other.exec('ROLLBACK')
      other.close()
      const isKnown = StoreIndex.of(workspace.repo).read((database) =>
        database.get('SELECT 1 FROM files WHERE name = ?', 'r2.json'),
      )
      expect(isKnown).toBeUndefined()
    })

    it('takes for known what that one has found out meanwhile', async () => {
      const { workspace, other, look, waiting } = await locked()
      const waits = waiting(() => {
        other.exec('ROLLBACK')
        waits.mockRestore()
        const there = repoAt(workspace.repo.root)
        new View(there, workspace.registry, workspace.clock).alive().entries('reservation')
        StoreIndex.of(there).close()
        other.exec('BEGIN IMMEDIATE')
      })
      const read = jest.spyOn(fs, 'openSync')
      const before = () => read.mock.calls.filter(([file]) => `${file}`.endsWith('r2.json')).length
      expect(look()).toEqual(['r1', 'r2'])
      // By the other one.
      expect(before()).toBe(1)
      read.mockRestore()
      other.close()
    })
  })

  it('sees what was written in place while the record stood, also when its old end has passed since', async () => {
    const { workspace, clock, put, root } = await workspaceAt()
    put('reservations/r.json', { reservation_id: 'r', run_id: 'a', expires_at: at(10) })
    const beat = { run_id: 'a', last_beat_at: at(0), expires_at: at(20) }
    const file = put('heartbeats/a.json', { ...beat, reservations: { r: at(30) } })
    await aTick()
    const held = () => workspace.view.alive().entries('reservation').length
    expect(held()).toBe(1)
    // As other programs do it: no name comes or goes.
    fs.writeFileSync(file, JSON.stringify({ ...beat, expires_at: at(90), reservations: { r: at(90) } }))
    await aTick()
    clock.move(60)
    expect(held()).toBe(1)
    expect(workspace.view.endOf('reservation', 'r')).toBe(T0 + 90_000)
    clock.move(60)
    expect(held()).toBe(0)
    // What is over is asked after no more.
    const asked = jest.spyOn(fs, 'lstatSync')
    expect(held()).toBe(0)
    const names = asked.mock.calls.map(([name]) => `${name}`).filter((name) => name.startsWith(root))
    asked.mockRestore()
    expect(names.filter((name) => name.endsWith('.json'))).toEqual([])
  })

  it('sees what was written in place in a record that another one brings back', async () => {
    const { workspace, clock, put } = await workspaceAt()
    const file = put('reservations/r.json', { reservation_id: 'r', run_id: 'a', addresses: ['a'], expires_at: at(10) })
    await aTick()
    clock.move(20)
    expect(workspace.view.alive().entries('reservation')).toHaveLength(0)
    put('heartbeats/a.json', { run_id: 'a', last_beat_at: at(20), expires_at: at(90), reservations: { r: at(90) } })
    fs.writeFileSync(file, JSON.stringify({ reservation_id: 'r', run_id: 'a', addresses: ['b'], expires_at: at(10) }))
    expect(workspace.view.alive().entries('reservation')).toMatchObject([{ payload: { addresses: ['b'] } }])
  })

  it('lists a directory again that changed twice within a tick', async () => {
    const { workspace, put } = await workspaceAt()
    for (let n = 0; n < 60; n++) {
      put(`tasks/t${n}.json`, { task_id: `t${n}` })
      expect(workspace.view.ids('task')).toHaveLength(n + 1)
    }
  })

  it('is not needed where it cannot be made', async () => {
    const { workspace, root, put } = await workspaceAt()
    put('tasks/t.json', { task_id: 't', title: 'work' })
    fs.writeFileSync(path.join(root, '.muse/coordination/.sync'), 'no directory')
    expect(workspace.view.alive().entries('task')).toHaveLength(1)
    expect(workspace.view.ids('task')).toEqual(['t'])
  })

  it('hears from a pull what it wrote, and lists nothing for it', async () => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    const write = (name: string, seconds: number) =>
      one.write({ [`reservations/${name}.json`]: { reservation_id: name, run_id: 'a', expires_at: at(seconds) } })
    write('first', 60)
    await one.push()
    await other.pull()
    const session = await openSession({ directory: path.dirname(path.dirname(other.coordination)), env: {} })
    const { view } = session.workspace
    const ids = () => view.ids('reservation')
    expect(ids()).toEqual(['first'])
    await aTick()
    expect(ids()).toEqual(['first'])
    write('second', 60)
    await one.push()
    await other.pull()
    const listed = jest.spyOn(fs, 'readdirSync')
    expect(openedBy(() => expect(ids()).toEqual(['first', 'second']))).toEqual([])
    expect(listed).not.toHaveBeenCalled()
    listed.mockRestore()
  })
})

describe('an index that several programs of one release use', () => {
  it('is begun anew by none of them: bundles spell the functions of a kind each in their own way', async () => {
    const machine = await createMachine()
    machine.write(reservations(3))
    await aTick()
    const look = () => machine.session.workspace.view.alive().entries('reservation')
    for (const argv of [
      ['check', 'src/a.ts', '--json'],
      ['hook', 'claude'],
    ]) {
      const { child, ended } = startExecutable(machine, argv)
      child.stdin?.end()
      expect(await ended).toMatchObject({ exitCode: 0 })
      expect(openedBy(() => expect(look()).toHaveLength(3))).toEqual([])
    }
  })
})
