import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openSession, pull } from '../../src/index.js'
import { defineKind } from '../../src/kinds/kind.js'
import { MAX_PAYLOAD_BYTES } from '../../src/record/record.js'
import { leftAtSignal } from '../support/left-at-signal.js'
import { claim, heartbeat, reservation, reservations } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

/** A hub that holds what one machine wrote, and another machine that has nothing yet. */
async function twoMachines(files: object) {
  const swarm = await createSwarm()
  const [writer, reader] = [await swarm.machine(), await swarm.machine()]
  writer.write(files as Record<string, unknown>)
  await writer.push()
  swarm.proxy.requests.length = 0
  return { ...swarm, writer, reader, targets: () => swarm.proxy.requests.map(({ target }) => target.split('?')[1]) }
}

describe('pull', () => {
  it('keeps nothing of the requests that were answered, in a process that lives on', async () => {
    const { reader } = await twoMachines(reservation('r1'))
    const session = await openSession({ directory: reader.root, env: reader.env })
    const left = leftAtSignal(session.signal)
    for (let times = 0; times < 3; times++) await pull(session, { all: true, keepRecords: false })
    expect(leftAtSignal(session.signal)).toBe(left)
  })

  it('writes each record whole under its kind and id', async () => {
    const { reader } = await twoMachines({ ...reservation('r1'), ...claim('t1', 'run-1'), ...heartbeat('run-1') })
    const result = await reader.pull()
    expect(result).toMatchObject({
      durationMs: expect.any(Number),
      space: 'gabriel/muse',
      count: 3,
      cursor: 3,
      written: 3,
      unchanged: 0,
      rejected: [],
      hasMore: false,
      startedOver: false,
    })
    expect(reader.pulled()).toEqual(['claim/t1', 'heartbeat/run-1', 'reservation/r1'])
    expect(reader.record('claim/t1')).toEqual({
      id: 3,
      kind: 'claim',
      record_id: 't1',
      run_id: 'run-1',
      payload: { task_id: 't1', claimer_run_id: 'run-1', expires_at: '2099-01-01T00:00:00Z' },
      expires_at: '2099-01-01T00:00:00Z',
      author: 'gabriel',
      token: 1,
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
    expect(result.records.map(({ id, recordId, runId }) => [id, recordId, runId])).toEqual([
      [1, 'r1', 'run-1'],
      [2, 'run-1', 'run-1'],
      [3, 't1', 'run-1'],
    ])
    const file = path.join(reader.coordination, 'remote/reservation/r1.json')
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^\{.*\}\n$/)
  })

  it('brings the largest payload that travels to where the view reads it', async () => {
    const room = MAX_PAYLOAD_BYTES - JSON.stringify(Object.values(reservation('r1', { note: '' }))[0]).length - 1
    const { writer, reader } = await twoMachines(reservation('r1', { note: 'x'.repeat(room) }))
    expect(fs.statSync(path.join(writer.coordination, 'reservations/r1.json')).size).toBe(MAX_PAYLOAD_BYTES)
    await reader.pull()
    const { view } = reader.session.workspace
    expect(view.problems()).toEqual([])
    expect(view.named('reservation', 'r1')).toMatchObject({ origin: 'remote', runId: 'run-1' })
  })

  it('goes on where the last one ended', async () => {
    const { reader, writer } = await twoMachines(reservations(3))
    await reader.pull()
    writer.write(reservation('late'))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 1, cursor: 4, records: [{ recordId: 'late' }] })
    expect(await reader.pull()).toMatchObject({ count: 0, cursor: 4, written: 0, records: [] })
  })

  it('brings a register again when it has changed, and replaces its file', async () => {
    const { reader, writer } = await twoMachines(heartbeat('run-1'))
    await reader.pull()
    writer.write(heartbeat('run-1', { last_beat_at: '2026-03-18T12:00:09Z' }))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 1, cursor: 2, written: 1 })
    expect(reader.record('heartbeat/run-1')).toMatchObject({ id: 2, payload: { last_beat_at: '2026-03-18T12:00:09Z' } })
  })

  it('takes at most 500 records without a limit, and says that there is more', async () => {
    const { reader } = await twoMachines(reservations(501))
    expect(await reader.pull()).toMatchObject({ count: 500, cursor: 500, hasMore: true })
    expect(await reader.pull()).toMatchObject({ count: 1, cursor: 501, hasMore: false })
    expect(reader.pulled()).toHaveLength(501)
  })

  it('takes no more than the limit says', async () => {
    const { reader } = await twoMachines(reservations(5))
    expect(await reader.pull({ limit: 2 })).toMatchObject({ count: 2, cursor: 2, hasMore: true })
    expect(await reader.pull({ limit: 2 })).toMatchObject({ count: 2, cursor: 4, hasMore: true })
    expect(await reader.pull({ limit: 2 })).toMatchObject({ count: 1, cursor: 5, hasMore: false })
    expect(await reader.pull({ limit: 2 })).toMatchObject({ count: 0, cursor: 5, hasMore: false })
  })

  it('goes on to the end with all, and tells after each page how far it is', async () => {
    const { reader, targets } = await twoMachines(reservations(7))
    const seen: object[] = []
    const result = await reader.pull({ all: true, limit: 3, onProgress: (progress) => seen.push(progress) })
    expect(result).toMatchObject({ count: 7, cursor: 7, hasMore: false, written: 7 })
    expect(result.records).toHaveLength(7)
    expect(seen).toEqual([
      { count: 3, cursor: 3 },
      { count: 6, cursor: 6 },
      { count: 7, cursor: 7 },
    ])
    const asked = targets().map((query) => query?.replace(/&seen=7\.[\w.-]+$/, '&seen=7'))
    expect(asked).toEqual(['since_id=0&limit=3', 'since_id=3&limit=3&seen=7', 'since_id=6&limit=3&seen=7'])
  })

  it('keeps no records in memory when they are not wanted', async () => {
    const { reader } = await twoMachines(reservations(3))
    expect(await reader.pull({ keepRecords: false })).toMatchObject({ count: 3, written: 3, records: [] })
  })

  describe('with a since-id', () => {
    it('returns what has an id above it, and 0 returns everything', async () => {
      const { reader } = await twoMachines(reservations(4))
      expect((await reader.pull({ sinceId: 2 })).records.map(({ id }) => id)).toEqual([3, 4])
      expect((await reader.pull({ sinceId: 0 })).records.map(({ id }) => id)).toEqual([1, 2, 3, 4])
      expect(await reader.pull({ sinceId: 0 })).toMatchObject({ count: 4, written: 0, unchanged: 4 })
    })

    it('repeats the cursor that was asked with when nothing is new', async () => {
      const { reader } = await twoMachines(reservations(4))
      expect(await reader.pull({ sinceId: 4 })).toMatchObject({ count: 0, cursor: 4, hasMore: false })
    })

    it('leaves the saved cursor where it is when it would pass over records that never came', async () => {
      const { reader } = await twoMachines(reservations(4))
      await reader.pull({ sinceId: 3 })
      expect(await reader.pull()).toMatchObject({ count: 4, cursor: 4 })
    })

    it('never takes the saved cursor back', async () => {
      const { reader } = await twoMachines(reservations(4))
      await reader.pull()
      await reader.pull({ sinceId: 1, limit: 1 })
      expect(await reader.pull()).toMatchObject({ count: 0, cursor: 4 })
    })

    it('refuses one beyond the end with the hub’s own sentence', async () => {
      const { reader } = await twoMachines(reservations(4))
      await expect(reader.pull({ sinceId: 99 })).rejects.toMatchObject({
        code: 'HUB_CURSOR_AHEAD',
        message: expect.stringContaining('99'),
      })
    })
  })

  it.each([
    ['sinceId', -1],
    ['sinceId', 1.5],
    ['sinceId', Number.NaN],
    ['limit', 0],
    ['limit', 1001],
    ['limit', 2.5],
  ])('refuses the %s %d before it asks anybody', async (name, value) => {
    const { reader, targets } = await twoMachines(reservation('r1'))
    await expect(reader.pull({ [name]: value })).rejects.toMatchObject({
      status: 'bad_args',
      message: expect.stringMatching(name),
    })
    expect(targets()).toEqual([])
  })

  describe('of chosen kinds', () => {
    const MIXED = { ...reservations(3), 'tasks/t1.json': { task_id: 't1' }, ...claim('t1', 'run-1') }

    it('leaves the other kinds to a later pull', async () => {
      const { reader } = await twoMachines(MIXED)
      expect(await reader.pull({ kinds: ['task'] })).toMatchObject({ count: 1, cursor: 5, records: [{ kind: 'task' }] })
      expect(await reader.pull({ kinds: ['task'] })).toMatchObject({ count: 0, cursor: 5 })
      const rest = await reader.pull({ all: true })
      expect(rest.records.map(({ kind }) => kind)).toEqual(['reservation', 'reservation', 'reservation', 'claim'])
      expect(await reader.pull()).toMatchObject({ count: 0, cursor: 5 })
    })

    it('takes no more than the limit when some kinds are further than others', async () => {
      const { reader } = await twoMachines(MIXED)
      await reader.pull({ kinds: ['task'] })
      let count = 0
      for (let calls = 0; calls < 10; calls++) {
        const result = await reader.pull({ limit: 1 })
        expect(result.count).toBeLessThanOrEqual(1)
        count += result.count
        if (!result.hasMore) break
      }
      expect(count).toBe(4)
      expect(reader.pulled()).toHaveLength(5)
    })

    it('brings the earlier records of a kind that is registered later', async () => {
      const checkpoint = defineKind({
        name: 'checkpoint',
        directory: 'checkpoints',
        idField: 'checkpoint_id',
        runIdField: 'run_id',
        schema: {},
        expiresAt: () => null,
        merge: 'latest',
      })
      const swarm = await createSwarm()
      const writer = await swarm.machine({ plugins: [checkpoint] })
      const before = await swarm.machine()
      writer.write({ 'checkpoints/c1.json': { checkpoint_id: 'c1' }, ...reservations(2) })
      await writer.push()
      expect(await before.pull()).toMatchObject({
        count: 2,
        written: 2,
        cursor: 3,
        rejected: [{ kind: 'checkpoint', recordId: 'c1', reason: 'no plugin here registers this kind' }],
      })
      const { directory, env } = before.session
      const later = await openSession({ directory, env, plugins: [checkpoint] })
      expect(await pull(later)).toMatchObject({ count: 1, written: 1, cursor: 3, rejected: [] })
      expect(before.pulled()).toContain('checkpoint/c1')
    })
  })

  it('pulls a public space without an identity, and names a private one as hidden', async () => {
    const { hub, writer, reader } = await twoMachines(reservation('r1'))
    fs.rmSync(path.join(reader.home, '.muse'), { recursive: true })
    await expect(reader.pull()).rejects.toMatchObject({
      code: 'SPACE_HIDDEN',
      message: expect.stringMatching('gabriel/muse'),
    })
    const space = await hub.store.findSpace('gabriel', 'muse')
    if (space === null) throw new Error('the push made no space')
    await hub.store.setVisibility(space, 'public')
    expect(await reader.pull()).toMatchObject({ count: 1, written: 1 })
    expect(writer.pulled()).toEqual([])
  })

  it('brings nothing and creates nothing in an empty space', async () => {
    const { hub, reader } = await twoMachines({})
    await hub.store.createSpace('gabriel', 'muse')
    expect(await reader.pull()).toMatchObject({ count: 0, cursor: 0, hasMore: false, records: [] })
    expect(reader.pulled()).toEqual([])
  })
})
