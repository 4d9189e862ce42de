import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { verbsAt } from './verbs-at.js'

const T0 = '2026-03-18T12:00:00.000000+00:00'

const HERE = { id: expect.any(String), machine: expect.any(String), tree: expect.any(String), branch: 'main' }

/** The files of a kind, by name. */
function files(root: string, directory: string): Record<string, unknown>[] {
  const folder = path.join(root, '.muse/coordination', directory)
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
}

describe('reserve', () => {
  it('writes the reservation that Muse would write, and where its run works', async () => {
    const { root, run } = await verbsAt()
    const { json, exitCode } = await run('reserve', 'src/a.ts::f', './src/', '--run-id', 'a', '--op', 'modify')
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({ status: 'ok', advisory: true, conflicts: [], run_id: 'a', branch: 'main' })
    expect(files(root, 'reservations')).toEqual([
      {
        schema_version: '1',
        reservation_id: json.reservation_id,
        run_id: 'a',
        branch: 'main',
        addresses: ['src/a.ts::f', 'src/'],
        created_at: T0,
        expires_at: '2026-03-18T13:00:00.000000+00:00',
        operation: 'modify',
        place: HERE,
      },
    ])
  })

  it('warns of what another run holds, here or on another machine, and says that it only warns', async () => {
    const { run, pulled } = await verbsAt()
    await run('reserve', 'src/**', '--run-id', 'a', '--op', 'delete')
    pulled({
      kind: 'reservation',
      record_id: 'far',
      run_id: 'b',
      expires_at: '2026-03-18T12:30:00Z',
      payload: { addresses: ['src/x.ts::g'], branch: 'feature' },
    })
    const { json, text, exitCode } = await run('reserve', 'src/x.ts', '--run-id', 'c')
    expect(exitCode).toBe(0)
    expect(json.conflicts).toEqual([
      {
        address: 'src/x.ts',
        held_address: 'src/x.ts::g',
        kind: 'reservation',
        record_id: 'far',
        run_id: 'b',
        branch: 'feature',
        reservation_id: 'far',
        operation: null,
        until: '2026-03-18T12:30:00.000000+00:00',
      },
      expect.objectContaining({ address: 'src/x.ts', held_address: 'src/**', run_id: 'a', operation: 'delete' }),
    ])
    expect(text).toContain('advisory')
    expect(text).toContain('b@feature')
  })

  it('refuses with --deny, names who holds it until when, and writes nothing', async () => {
    const { root, run } = await verbsAt()
    await run('reserve', 'src/a.ts', '--run-id', 'a')
    const { json, text, exitCode } = await run('reserve', 'src/a.ts::f', '--run-id', 'b', '--deny')
    expect(exitCode).toBe(6)
    expect(json).toMatchObject({ status: 'held', reservation_id: null, conflicts: [{ run_id: 'a' }] })
    expect(text).toContain('2026-03-18 13:00:00Z')
    expect(files(root, 'reservations')).toHaveLength(1)
    expect(files(root, 'dependencies')).toHaveLength(0)
  })

  it('has with --deny what no other run has: the second is refused, and the first is extended by asking again', async () => {
    const { root, clock, run } = await verbsAt()
    const first = await run('reserve', 'src/', '--run-id', 'a', '--deny', '--ttl', '60')
    expect(first).toMatchObject({ exitCode: 0, json: { advisory: false, provisional: false, renewed: false } })
    expect(files(root, 'reservations')).toMatchObject([{ exclusive: true, place: HERE }])
    expect(await run('reserve', 'src/a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 6 })
    clock.move(50)
    expect(await run('reserve', 'src/', '--run-id', 'a', '--deny', '--ttl', '60')).toMatchObject({
      exitCode: 0,
      json: {
        reservation_id: first.json.reservation_id,
        renewed: true,
        expires_at: '2026-03-18T12:01:50.000000+00:00',
      },
    })
    clock.move(50)
    expect(await run('reserve', 'src/a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 6 })
    clock.move(20)
    expect(await run('reserve', 'src/a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 0 })
    expect(files(root, 'reservations')).toHaveLength(2)
  })

  it('is no less advisory by being asked for alone: what only warned is reserved anew', async () => {
    const { root, run } = await verbsAt()
    const warning = await run('reserve', 'a.ts', '--run-id', 'a')
    const alone = await run('reserve', 'a.ts', '--run-id', 'a', '--deny')
    expect(alone).toMatchObject({ exitCode: 0, json: { renewed: false, advisory: false } })
    expect(alone.json.reservation_id).not.toBe(warning.json.reservation_id)
    expect(files(root, 'reservations')).toHaveLength(2)
  })

  it('does not take the reservations of its own run for conflicts', async () => {
    const { run } = await verbsAt()
    await run('reserve', 'src/a.ts', '--run-id', 'a')
    expect((await run('reserve', 'src/a.ts', '--run-id', 'a', '--deny')).exitCode).toBe(0)
  })

  it('writes what it depends on, by the beginnings of ids too', async () => {
    const { root, run } = await verbsAt()
    const first = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const { json } = await run('reserve', 'b.ts', '--run-id', 'b', '--depends-on', first.slice(0, 8))
    expect(files(root, 'dependencies')).toEqual([
      { schema_version: '1', reservation_id: json.reservation_id, run_id: 'b', depends_on: [first], created_at: T0 },
    ])
  })

  it('knows no reservation to depend on: exit 4 with the nearest, and nothing written', async () => {
    const { root, run } = await verbsAt()
    const first: string = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const { json, exitCode } = await run('reserve', 'b.ts', '--run-id', 'b', '--depends-on', `${first.slice(0, -1)}_`)
    expect(exitCode).toBe(4)
    expect(json).toMatchObject({ status: 'not_found', error: expect.stringContaining(`the nearest: ${first}`) })
    expect(files(root, 'reservations')).toHaveLength(1)
  })

  it.each([
    [['a.ts'], '--run-id is missing'],
    [['a.ts', '--run-id', 'two words'], '--run-id must be 1–128 characters'],
    [['a.ts', '--run-id', 'x'.repeat(129)], '--run-id must be'],
    [['a.ts', '--run-id', '../x'], '--run-id must be'],
    [['a.ts', '--run-id', 'a', '--ttl', '0'], '--ttl must be'],
    [['a.ts', '--run-id', 'a', '--ttl', '1e3'], '--ttl must be'],
    [['a.ts', '--run-id', 'a', '--ttl', '99999999999'], '--ttl must be'],
    [['a.ts', '--run-id', 'a', '--op', 'explode'], '--op must be one of rename, move'],
    [['../a.ts', '--run-id', 'a'], 'lies outside'],
    [['/etc/passwd', '--run-id', 'a'], 'lies outside'],
    [['src/../../a.ts', '--run-id', 'a'], 'lies outside'],
    [['', '--run-id', 'a'], 'is empty'],
    [['::f', '--run-id', 'a'], 'is no path'],
    [['a.ts::', '--run-id', 'a'], 'is no path'],
    [['a\u0007.ts', '--run-id', 'a'], 'control characters'],
    [['x'.repeat(1025), '--run-id', 'a'], 'over 1024 characters'],
    [['--run-id', 'a'], 'missing required args'],
  ])('refuses %j and writes nothing', async (argv, sentence) => {
    const { root, run } = await verbsAt()
    const { json, exitCode } = await run('reserve', ...argv)
    expect(exitCode).toBe(1)
    expect(json.status).toBe('bad_args')
    expect(json.error).toContain(sentence)
    expect(files(root, 'reservations')).toEqual([])
  })

  it('reads addresses from where they are typed: the directory, the top with :/, the file system', async () => {
    const { root, runIn } = await verbsAt()
    fs.mkdirSync(path.join(root, 'src', 'deep'), { recursive: true })
    const directory = path.join(root, 'src', 'deep')
    const argv = [
      'a.ts',
      './b.ts::f',
      '../c.ts',
      path.join(root, 'd.ts'),
      '.',
      `${root}/`,
      '**',
      ':/e.ts',
      '--run-id',
      'a',
    ]
    const { json } = await runIn({ directory }, 'reserve', ...argv)
    expect(json.addresses).toEqual([
      ...['src/deep/a.ts', 'src/deep/b.ts::f', 'src/c.ts', 'd.ts', 'src/deep', '.', 'src/deep/**', 'e.ts'],
    ])
  })

  it('says where it is when that is no repository', async () => {
    const { runIn } = await verbsAt()
    const { exitCode, json } = await runIn({ directory: '/' }, 'reserve', 'a.ts', '--run-id', 'a')
    expect([exitCode, json.status]).toEqual([2, 'not_a_repo'])
  })
})

describe('check', () => {
  it.each(['remote', 'reservations', 'heartbeats', 'releases'])(
    'calls nothing free while %s cannot be read, and nobody is given it',
    async (directory) => {
      const { root, run } = await verbsAt()
      const place = path.join(root, '.muse/coordination', directory)
      await run('reserve', 'src/held.ts', '--run-id', 'b')
      await run('check', 'src/a.ts')
      fs.rmSync(place, { recursive: true, force: true })
      fs.symlinkSync(fs.mkdtempSync(path.join(root, 'elsewhere-')), place)
      for (const verb of [
        ['check', 'src/a.ts', '--run-id', 'a'],
        ['reserve', 'src/a.ts', '--deny', '--run-id', 'a'],
      ]) {
        const { exitCode, json } = await run(...verb)
        expect({ exitCode, status: json.status }).toEqual({ exitCode: 1, status: 'local_files' })
        expect(json).toMatchObject({ error: expect.stringContaining(directory) })
      }
    },
  )

  it('says which files hold no record: others may hold more than it knows', async () => {
    const { root, run } = await verbsAt()
    const directory = path.join(root, '.muse/coordination/reservations')
    fs.mkdirSync(directory, { recursive: true })
    fs.writeFileSync(path.join(directory, 'r1.json'), '{')
    const { exitCode, json } = await run('check', 'src/a.ts')
    expect({ exitCode, status: json.status }).toEqual({ exitCode: 0, status: 'unknown' })
    expect(json.unread).toEqual([{ path: path.join(directory, 'r1.json'), reason: expect.any(String) }])
  })

  it('finds an address free, held, and free again when the reservation lapses', async () => {
    const { clock, run } = await verbsAt()
    expect(await run('check', 'src/a.ts')).toMatchObject({ exitCode: 0, json: { status: 'free', holders: [] } })
    await run('reserve', 'src/', '--run-id', 'a', '--ttl', '60')
    expect(await run('check', 'src/a.ts')).toMatchObject({
      exitCode: 6,
      json: { status: 'held', holders: [{ run_id: 'a', until: '2026-03-18T12:01:00.000000+00:00' }] },
    })
    expect(await run('check', 'src/a.ts', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
    clock.move(60)
    expect(await run('check', 'src/a.ts')).toMatchObject({ exitCode: 0 })
  })

  it('holds again when the clock is set back: no record was harmed by the jump', async () => {
    const { clock, run } = await verbsAt()
    await run('reserve', 'a.ts', '--run-id', 'a', '--ttl', '60')
    clock.move(10 * 365 * 24 * 3600)
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
    clock.move(-10 * 365 * 24 * 3600)
    expect((await run('check', 'a.ts')).exitCode).toBe(6)
  })

  it('writes nothing at all', async () => {
    const { root, run } = await verbsAt()
    await run('check', 'a.ts', 'b.ts')
    expect(fs.readdirSync(path.join(root, '.muse/coordination'))).toEqual([])
  })
})

describe('release', () => {
  it('ends a reservation at once, and again is no error', async () => {
    const { run } = await verbsAt()
    const id: string = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    expect((await run('release', id.slice(0, 6), '--run-id', 'a', '--reason', 'done')).json).toMatchObject({
      released: [{ reservation_id: id, status: 'ok', addresses: ['a.ts'] }],
    })
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
    expect(await run('release', id, '--run-id', 'a')).toMatchObject({
      exitCode: 0,
      json: { released: [{ status: 'already_released', release_id: null }] },
    })
  })

  it('gives back nothing that is another run’s: exit 6', async () => {
    const { root, run } = await verbsAt()
    const own = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const others = (await run('reserve', 'b.ts', '--run-id', 'b')).json.reservation_id
    const { exitCode, json } = await run('release', own, others, '--run-id', 'a')
    expect([exitCode, json.status]).toEqual([6, 'held'])
    expect(json.error).toContain('held by the run b, until 2026-03-18 13:00:00Z')
    expect(files(root, 'releases')).toEqual([])
  })

  it('does not believe a release that another run wrote', async () => {
    const { run, pulled } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    pulled({ kind: 'release', record_id: 'x', run_id: 'b', payload: { reservation_id: id } })
    expect((await run('check', 'a.ts')).exitCode).toBe(6)
    pulled({ kind: 'release', record_id: 'y', run_id: 'a', payload: { reservation_id: id } })
    expect((await run('check', 'a.ts')).exitCode).toBe(0)
  })

  it('gives back all of a run', async () => {
    const { run } = await verbsAt()
    await run('reserve', 'a.ts', '--run-id', 'a')
    await run('reserve', 'b.ts', '--run-id', 'a')
    await run('reserve', 'c.ts', '--run-id', 'b')
    expect((await run('release', '--all', '--run-id', 'a')).json.released).toHaveLength(2)
    expect((await run('check', 'a.ts', 'b.ts')).exitCode).toBe(0)
    expect((await run('check', 'c.ts')).exitCode).toBe(6)
    expect((await run('release', '--all', '--run-id', 'a')).json.released).toEqual([])
  })

  it.each([[[]], [['x', '--all']]])('refuses %j with the run id alone', async (argv) => {
    const { run } = await verbsAt()
    expect(await run('release', ...argv, '--run-id', 'a')).toMatchObject({ exitCode: 1, json: { status: 'bad_args' } })
  })

  it('knows no such reservation: exit 4', async () => {
    const { run } = await verbsAt()
    expect(await run('release', 'nothing', '--run-id', 'a')).toMatchObject({ exitCode: 4 })
  })
})

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

describe('intent', () => {
  it('writes what a run intends, and tells what it meets', async () => {
    const { root, run } = await verbsAt()
    await run('reserve', 'src/', '--run-id', 'b')
    const { json, exitCode } = await run('intent', 'src/a.ts', '--op', 'rename', '--run-id', 'a', '--detail', 'to b')
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({ operation: 'rename', reservation_id: '', conflicts: [{ run_id: 'b' }] })
    expect(files(root, 'intents')).toEqual([
      {
        schema_version: '1',
        intent_id: json.intent_id,
        reservation_id: '',
        run_id: 'a',
        branch: 'main',
        addresses: ['src/a.ts'],
        operation: 'rename',
        detail: 'to b',
        created_at: T0,
        expires_at: '2026-03-18T13:00:00.000000+00:00',
      },
    ])
  })

  it('goes with a reservation of the same run only', async () => {
    const { run } = await verbsAt()
    const id = (await run('reserve', 'a.ts', '--run-id', 'a')).json.reservation_id
    const argv = ['intent', 'a.ts', '--op', 'delete', '--reservation-id', id]
    expect((await run(...argv, '--run-id', 'a')).json.reservation_id).toBe(id)
    expect(await run(...argv, '--run-id', 'b')).toMatchObject({ exitCode: 6 })
    expect(await run('intent', 'a.ts', '--run-id', 'a')).toMatchObject({ exitCode: 1 })
  })
})
