import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { shellWord } from '../../src/base/shell-word.js'
import { check, enqueue, forecast, heartbeat, log, openSession, reserve, status, tasks } from '../../src/index.js'
import { verbsAt } from './verbs-at.js'

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
    expect({ exitCode, status: json.status }).toEqual({ exitCode: 1, status: 'unknown' })
    expect(json.hint).toContain(`mv ${shellWord(path.join(directory, 'r1.json'))}`)
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

  it('calls nothing free in a session whose store was taken away, nor makes it anew, and goes on when it is back', async () => {
    const { root, run } = await verbsAt()
    await run('reserve', 'a.ts', '--run-id', 'a')
    const session = await openSession({ directory: root, env: { HOME: root } })
    const ask = () => check(session, { addresses: ['a.ts'], runId: 'b' }).status
    const seen = ask()
    fs.renameSync(path.join(root, '.muse'), path.join(root, '.away'))
    expect(ask).toThrow(expect.objectContaining({ code: 'NOT_A_REPO' }))
    for (const question of [
      () => status(session),
      () => tasks(session, {}),
      () => log(session, {}),
      () => forecast(session),
      () => heartbeat(session, { runId: 'b' }),
      () => reserve(session, { addresses: ['b.ts'], runId: 'b', ttlSeconds: 60 }),
      () => enqueue(session, { title: 'Something', runId: 'b' }),
    ]) {
      await expect((async () => question())()).rejects.toMatchObject({ code: 'NOT_A_REPO' })
    }
    expect(fs.existsSync(path.join(root, '.muse'))).toBe(false)
    fs.renameSync(path.join(root, '.away'), path.join(root, '.muse'))
    expect(ask()).toBe(seen)
  })

  it('writes nothing at all', async () => {
    const { root, run } = await verbsAt()
    await run('check', 'a.ts', 'b.ts')
    expect(fs.readdirSync(path.join(root, '.muse/coordination'))).toEqual([])
  })
})
