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
