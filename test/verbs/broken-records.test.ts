import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { documentOf, runCli } from '../support/run-cli.js'
import { verbsAt } from './verbs-at.js'

let verbs: Awaited<ReturnType<typeof verbsAt>>
/** A reservation of which half is left: nobody knows what it holds. */
let broken: string

beforeEach(async () => {
  verbs = await verbsAt()
  const { json } = await verbs.run('reserve', 'src/a.ts', '--deny', '--run-id', 'a')
  broken = path.join(verbs.root, '.muse/coordination/reservations', `${json.reservation_id}.json`)
  fs.writeFileSync(broken, fs.readFileSync(broken, 'utf8').slice(0, 60))
})

describe('a record that is broken', () => {
  it.each([
    ['reserve', ['reserve', 'src/a.ts', '--deny']],
    ['reserve of something else', ['reserve', 'src/b.ts', '--deny']],
    ['reserve that waits', ['reserve', 'src/a.ts', '--deny', '--wait', '--timeout', '0']],
  ])('keeps %s from saying that a run has it alone, and its cure works', async (_, argv) => {
    const line = [...argv, '--run-id', 'b', '--json']
    const refused = await runCli({ root: verbs.root, env: {} }, line)
    const { status, error, hint } = documentOf(refused) as Record<string, string>
    expect({ exitCode: refused.exitCode, status }).toEqual({ exitCode: 1, status: 'local_files' })
    expect(error).toContain(broken)
    expect(fs.readdirSync(path.dirname(broken))).toHaveLength(1)
    const [, from, to] = /`mv '(.+)' '(.+)'`/.exec(String(hint)) ?? []
    fs.renameSync(String(from), String(to))
    expect((await runCli({ root: verbs.root, env: {} }, line)).exitCode).toBe(0)
  })

  it('keeps nobody from a reservation that only warns, nor from what it has already', async () => {
    fs.renameSync(broken, `${broken}.broken`)
    expect(await verbs.run('reserve', 'src/b.ts', '--deny', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
    fs.renameSync(`${broken}.broken`, broken)
    expect(await verbs.run('reserve', 'src/a.ts', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
    expect(await verbs.run('reserve', 'src/b.ts', '--deny', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
    expect(await verbs.run('heartbeat', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
  })

  it('is never told to be free', async () => {
    expect(await verbs.run('check', 'src/a.ts', '--run-id', 'b')).toMatchObject({ json: { status: 'unknown' } })
  })
})
