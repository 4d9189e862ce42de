import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { verbsAt } from './verbs-at.js'

const HERE = { id: expect.any(String), machine: expect.any(String), tree: expect.any(String), branch: 'main' }

/** The files of a kind, by name. */
function files(root: string, directory: string): Record<string, unknown>[] {
  const folder = path.join(root, '.muse/coordination', directory)
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
}

describe('heartbeat', () => {
  it('extends a reservation, and answers as Muse does', async () => {
    const { root, clock, run } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    clock.move(30)
    const { json, exitCode } = await run('heartbeat', id, '--run-id', 'a', '--extension', '600')
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({
      status: 'ok',
      reservation_id: id,
      run_id: 'a',
      last_beat_at: '2026-03-18T12:00:30.000000+00:00',
      extended_expires_at: '2026-03-18T12:10:30.000000+00:00',
      ttl_extended_seconds: 600,
      duration_ms: expect.any(Number),
    })
    expect(files(root, 'heartbeats')).toEqual([
      {
        schema_version: '1',
        run_id: 'a',
        last_beat_at: '2026-03-18T12:00:30.000000+00:00',
        expires_at: '2026-03-18T12:10:30.000000+00:00',
        holds: { [id]: { from: '2026-03-18T12:01:00.000000+00:00', until: '2026-03-18T12:10:30.000000+00:00' } },
        reservations: { [id]: '2026-03-18T12:10:30.000000+00:00' },
        place: HERE,
      },
    ])
    clock.move(500)
    expect((await run('check', 'a.ts')).exitCode).toBe(6)
    clock.move(200)
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
  })

  it('keeps one record a run that carries all of its extensions', async () => {
    const { root, run } = await verbsAt()
    const first = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const second = (await run('reserve', 'b.ts', '--run-id', 'a')).json.reservation_id
    await run('heartbeat', first, '--run-id', 'a', '--extension', '7200')
    await run('heartbeat', second, '--run-id', 'a', '--extension', '5400')
    const { json } = await run('heartbeat', '--run-id', 'b')
    expect(json).toMatchObject({ status: 'ok', reservation_id: null, reservations: [] })
    expect(files(root, 'heartbeats')).toMatchObject([
      {
        run_id: 'a',
        expires_at: '2026-03-18T14:00:00.000000+00:00',
        reservations: {
          [first]: '2026-03-18T14:00:00.000000+00:00',
          [second]: '2026-03-18T13:30:00.000000+00:00',
        },
      },
      { run_id: 'b', reservations: {} },
    ])
  })

  it('extends all reservations of the run when it names none', async () => {
    const { run } = await verbsAt()
    const ids = [
      (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id,
      (await run('reserve', 'b.ts', '--run-id', 'a')).json.reservation_id,
    ]
    await run('reserve', 'c.ts', '--run-id', 'b')
    const { json } = await run('heartbeat', '--run-id', 'a')
    expect(json.reservations.map((one) => one.reservation_id).sort()).toEqual(ids.sort())
  })

  it('loses no extension when processes of one run beat at once', async () => {
    const { root, run } = await verbsAt()
    const reserved = await Promise.all(
      Array.from({ length: 12 }, (_, index) => run('reserve', `f${index}.ts`, '--run-id', 'a')),
    )
    const ids: string[] = reserved.map(({ json }) => json.reservation_id)
    await Promise.all(ids.map((id) => run('heartbeat', id, '--run-id', 'a', '--extension', '7200')))
    const [beat] = files(root, 'heartbeats') as { reservations: object }[]
    expect(Object.keys(beat?.reservations ?? {}).sort()).toEqual(ids.sort())
  })

  it('says which file is in the way of the run’s record when it holds none', async () => {
    const { put, run } = await verbsAt()
    put('heartbeats/a.json', '{"run_id": ')
    const { exitCode, json } = await run('heartbeat', '--run-id', 'a')
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({ status: 'local_files', error: expect.stringContaining('heartbeats/a.json') })
  })

  it('says already_released with exit 7, not_found with exit 4 and the nearest', async () => {
    const { run } = await verbsAt()
    const id: string = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const missed = `${id.slice(0, -1)}_`
    expect(await run('heartbeat', missed, '--run-id', 'a')).toMatchObject({
      exitCode: 4,
      json: { status: 'not_found', nearest: id, last_beat_at: null, extended_expires_at: null },
    })
    await run('release', id, '--run-id', 'a')
    expect(await run('heartbeat', id, '--run-id', 'a')).toMatchObject({
      exitCode: 7,
      json: { status: 'already_released', reservation_id: id },
    })
  })

  it('does not beat for another run: exit 6', async () => {
    const { run } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    expect(await run('heartbeat', id, '--run-id', 'b')).toMatchObject({ exitCode: 6, json: { status: 'held' } })
  })

  it('revives nothing that has lapsed, and says who has it since: exit 7', async () => {
    const { clock, run } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    clock.move(120)
    expect(await run('heartbeat', id, '--run-id', 'a')).toMatchObject({
      exitCode: 7,
      json: { status: 'lost', conflicts: [] },
    })
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
    await run('reserve', 'a.ts::f', '--run-id', 'b', '--deny')
    expect(await run('heartbeat', id, '--run-id', 'a')).toMatchObject({
      exitCode: 7,
      json: { status: 'lost', conflicts: [{ run_id: 'b' }] },
    })
  })

  it('extends each by its own length where none is named', async () => {
    const { clock, run } = await verbsAt()
    await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')
    await run('reserve', 'b.ts', '--run-id', 'a', '--ttl', '600', '--deny')
    clock.move(30)
    expect((await run('heartbeat', '--run-id', 'a')).json).toMatchObject({
      status: 'ok',
      renewed: expect.arrayContaining([
        expect.objectContaining({ what: 'a.ts', until: '2026-03-18T12:01:30.000000+00:00' }),
        expect.objectContaining({ what: 'b.ts', until: '2026-03-18T12:10:30.000000+00:00' }),
      ]),
    })
  })

  it('extends the claims of the run too', async () => {
    const { clock, run } = await verbsAt()
    await run('enqueue', 'a task', '--run-id', 'a', '--id', 't1')
    await run('claim', 't1', '--run-id', 'a', '--ttl', '600')
    clock.move(300)
    expect((await run('heartbeat', '--run-id', 'a')).json).toMatchObject({
      renewed: [{ kind: 'claim', until: '2026-03-18T12:15:00.000000+00:00' }],
    })
  })

  it('reads the heartbeats of other programs, one file a reservation, and carries them on', async () => {
    const { clock, run, put } = await verbsAt()
    const base = { schema_version: 1, run_id: 'a' }
    for (const id of ['r1', 'r2']) {
      put(`reservations/${id}.json`, {
        ...base,
        reservation_id: id,
        addresses: [`${id}.ts`],
        expires_at: '2026-03-18T12:00:10+00:00',
      })
      put(`heartbeats/${id}.json`, {
        ...base,
        reservation_id: id,
        last_beat_at: '2026-03-18T12:00:05+00:00',
        extended_expires_at: '2026-03-18T12:30:00.000000+00:00',
      })
    }
    clock.move(600)
    expect((await run('check', 'r1.ts')).exitCode).toBe(6)
    expect((await run('check', 'r2.ts')).exitCode).toBe(6)
    await run('heartbeat', 'r1', '--run-id', 'a', '--extension', '3600')
    clock.move(900)
    expect((await run('check', 'r2.ts')).exitCode).toBe(6)
    clock.move(900)
    expect((await run('check', 'r2.ts')).exitCode).toBe(0)
    expect((await run('check', 'r1.ts')).exitCode).toBe(6)
  })

  it('does not let the heartbeat of one run extend the reservation of another', async () => {
    const { clock, run, put } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')).json.reservation_id
    put('heartbeats/b.json', { run_id: 'b', reservations: { [id]: '2027-01-01T00:00:00Z' } })
    clock.move(120)
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
  })
})
