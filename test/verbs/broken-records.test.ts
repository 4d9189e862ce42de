import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/open-session.js'
import { wait } from '../../src/sync/waiting/wait.js'
import { git } from '../support/git.js'
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
    const [, cure] = /`(mv [^`]+)`/.exec(String(hint)) ?? []
    execFileSync('sh', ['-c', String(cure)])
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
    expect(await verbs.run('check', 'src/a.ts', '--run-id', 'b')).toMatchObject({
      exitCode: 1,
      json: { status: 'unknown', hint: expect.stringContaining(`mv ${broken}`) },
    })
  })

  it('is never waited for as if it were free', async () => {
    for (const what of ['src/a.ts', 'src/b.ts'])
      expect(await verbs.run('wait', what, '--timeout', '0', '--run-id', 'b')).toMatchObject({
        exitCode: 1,
        json: { status: 'local_files', error: expect.stringContaining(broken) },
      })
    fs.renameSync(broken, `${broken}.broken`)
    expect(await verbs.run('wait', 'src/a.ts', '--timeout', '0', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
  })

  it('keeps nobody from a commit, which is told that it was not checked', async () => {
    git(verbs.root, 'init', '--quiet')
    fs.writeFileSync(path.join(verbs.root, 'a.ts'), 'a\n')
    git(verbs.root, 'add', 'a.ts')
    const guarded = await verbs.run('guard', 'pre-commit', '--run-id', 'b')
    expect(guarded).toMatchObject({ exitCode: 0, json: { status: 'unknown', files: ['a.ts'] } })
    expect(guarded.json.unchecked).toContain(broken)
    expect(guarded.text).toContain(`not checked: ${broken}`)
    fs.renameSync(broken, `${broken}.broken`)
    expect(await verbs.run('guard', 'pre-commit', '--run-id', 'b')).toMatchObject({ json: { status: 'free' } })
  })
})

describe('a claim that is broken', () => {
  it('is neither claimed nor waited for as if it were over', async () => {
    await verbs.run('enqueue', 'Port it', '--id', 'port', '--run-id', 'a')
    await verbs.run('claim', 'port', '--run-id', 'a')
    const file = path.join(verbs.root, '.muse/coordination/claims/port.json')
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').slice(0, 60))
    for (const line of [
      ['claim', 'port', '--run-id', 'b'],
      ['claim', '--run-id', 'b'],
    ])
      expect({ line, ...(await verbs.run(...line)) }).toMatchObject({
        line,
        exitCode: 1,
        json: { status: 'local_files', error: expect.stringContaining('port.json') },
      })
    expect(await verbs.run('wait', 'port', '--timeout', '0', '--run-id', 'b')).toMatchObject({ exitCode: 8 })
  })
})

describe('a record that breaks while somebody waits for its end', () => {
  it('is not taken for one that was removed', async () => {
    const { json } = await verbs.run('reserve', 'src/c.ts', '--run-id', 'a')
    const id = json.reservation_id
    fs.rmSync(broken)
    const session = await openSession({ directory: verbs.root, env: {}, clock: verbs.clock })
    const { view } = session.workspace
    const looked = new Promise<void>((resolve) => {
      const alive = view.alive.bind(view)
      view.alive = (including, ...more) => {
        if ([...(including ?? [])].includes(id)) resolve()
        return alive(including, ...more)
      }
    })
    const waited = wait(session, { ids: [id], runId: 'b' })
    await Promise.race([looked, waited])
    fs.writeFileSync(path.join(path.dirname(broken), `${id}.json`), '{"reservation_id":')
    await expect(waited).rejects.toMatchObject({ code: 'HOLDS_UNKNOWN' })
  })
})
