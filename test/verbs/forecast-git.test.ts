import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { forecast, openSession, reserve, type Session, status } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** One repository with a working tree for each of two agents, whose branches begin at one commit. */
let top: string
const agents: Record<'a' | 'b', { readonly directory: string; readonly session: Session }> = {} as never

beforeEach(async () => {
  const place = temporaryDirectory()
  top = repository(path.join(place, 'repo'), { 'src/app.ts': 'one\n', 'src/other.ts': 'one\n' })
  fs.mkdirSync(path.join(top, '.muse', 'coordination'), { recursive: true })
  for (const name of ['a', 'b'] as const) {
    const directory = path.join(place, name)
    git(top, 'worktree', 'add', '--quiet', '-b', `work-${name}`, directory)
    agents[name] = { directory, session: await sessionIn(directory) }
  }
})

function sessionIn(directory: string, PATH = process.env.PATH): Promise<Session> {
  return openSession({ directory, env: { PATH, HOME: top } })
}

async function work(name: 'a' | 'b', file: string, text: string): Promise<void> {
  const { directory, session } = agents[name]
  fs.writeFileSync(path.join(directory, file), text)
  git(directory, 'commit', '--all', '--quiet', '--message', `Work of ${name}`)
  // What it has reserved is not what it has changed: the merge alone can tell.
  await reserve(session, { runId: name, addresses: [`docs/${name}.md`], ttlSeconds: 600 })
}

describe('a forecast for runs in two working trees', () => {
  it('names the files that their commits conflict in, which nobody has declared', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await work('b', 'src/app.ts', 'three\n')
    const told = await forecast(await sessionIn(top))
    expect(told).toMatchObject({ highRisk: 1, git: { status: 'asked', merges: 1, unasked: 0 } })
    expect(told.conflicts).toEqual([
      {
        conflictType: 'merge_conflict',
        addresses: ['src/app.ts'],
        agents: ['a@work-a', 'b@work-b'],
        first: null,
        confidence: 1,
        description: 'What a@work-a and b@work-b have committed conflicts in src/app.ts.',
      },
    ])
    expect((await forecast(agents.a.session, 'c')).conflicts).toEqual([])
    expect((await forecast(agents.a.session, 'b')).conflicts).toHaveLength(1)
  })

  it('has nothing to say where the commits can be merged, and touches no tree and no branch', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await work('b', 'src/other.ts', 'two\n')
    const before = git(top, 'for-each-ref') + git(agents.a.directory, 'status', '--porcelain')
    expect(await forecast(agents.a.session)).toMatchObject({ conflicts: [], git: { status: 'asked', merges: 1 } })
    expect(git(top, 'for-each-ref') + git(agents.a.directory, 'status', '--porcelain')).toBe(before)
  })

  it('sees a file that one deletes and the other changes', async () => {
    fs.rmSync(path.join(agents.a.directory, 'src/app.ts'))
    await work('a', 'src/other.ts', 'two\n')
    await work('b', 'src/app.ts', 'two\n')
    expect((await forecast(agents.a.session)).conflicts).toMatchObject([{ addresses: ['src/app.ts'] }])
  })

  it('takes the branch of another machine as it was fetched last', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await work('b', 'src/app.ts', 'three\n')
    const far = git(agents.b.directory, 'rev-parse', 'HEAD').trim()
    git(top, 'update-ref', 'refs/remotes/origin/far/branch', far)
    git(top, 'worktree', 'remove', '--force', agents.b.directory)
    const { workspace } = agents.a.session
    const origin = { place: { id: '0123456789abcdef', machine: 'far', tree: 'repo', branch: 'far/branch' } }
    await workspace.write('reservation', {
      ...{ reservation_id: 'far', run_id: 'c', addresses: ['x'], ...origin },
      created_at: workspace.timestamp(),
      expires_at: workspace.timestamp(600),
    })
    const { conflicts } = await forecast(agents.a.session, 'c')
    expect(conflicts).toMatchObject([{ conflictType: 'merge_conflict', agents: ['a@work-a', 'c@far/branch'] }])
  })

  it('says that a git is too old instead of guessing, and that there is none', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await work('b', 'src/app.ts', 'three\n')
    const bin = path.join(path.dirname(top), 'bin')
    fs.mkdirSync(bin)
    expect((await forecast(await sessionIn(top, bin))).git.status).toBe('absent')
    fs.writeFileSync(path.join(bin, 'git'), '#!/bin/sh\necho git version 2.34.1\n', { mode: 0o755 })
    expect(await forecast(await sessionIn(top, bin))).toMatchObject({ conflicts: [], git: { status: 'too_old' } })
  })

  it('is the only verb that asks git', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await work('b', 'src/app.ts', 'three\n')
    expect((await status(agents.a.session)).conflicts).toEqual([])
  })
})

describe('a forecast for runs in one working tree', () => {
  it('asks git nothing', async () => {
    await work('a', 'src/app.ts', 'two\n')
    await reserve(agents.a.session, { runId: 'c', addresses: ['y'], ttlSeconds: 600 })
    expect((await forecast(agents.a.session)).git).toEqual({ status: 'asked', merges: 0, unasked: 0 })
  })
})
