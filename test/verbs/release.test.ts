import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { verbsAt } from './verbs-at.js'

/** The files of a kind, by name. */
function files(root: string, directory: string): Record<string, unknown>[] {
  const folder = path.join(root, '.muse/coordination', directory)
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
}

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
