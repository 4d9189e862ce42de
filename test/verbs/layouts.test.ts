import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { initRepo } from '../../src/workspace/init-repo.js'
import { git, repository } from '../support/git.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

interface Layout {
  readonly name: string
  /** Makes what is there besides the repository `repo`, which has `src/b.py` and a store. */
  readonly make?: (place: string) => void
  /** Where the command is run, below the place. */
  readonly from: string
  /** Before the verb. */
  readonly flags?: readonly string[]
  /** How `src/b.py` is called there; given the place. */
  readonly typed: string | ((place: string) => string)
}

const linked = (place: string, where: string) => git(`${place}/repo`, 'worktree', 'add', '--quiet', where)

const LAYOUTS: readonly Layout[] = [
  { name: 'the main working tree', from: 'repo', typed: 'src/b.py' },
  { name: 'a subfolder', from: 'repo/src', typed: 'b.py' },
  { name: 'a subfolder, from the top', from: 'repo/src', typed: ':/src/b.py' },
  { name: 'a subfolder, upwards', from: 'repo/docs', typed: '../src/b.py' },
  { name: 'an absolute path', from: 'repo/src', typed: (place) => `${place}/repo/src/b.py` },
  { name: 'a working tree beside', make: (place) => linked(place, '../two'), from: 'two', typed: 'src/b.py' },
  { name: 'a subfolder of one beside', make: (place) => linked(place, '../two'), from: 'two/src', typed: './b.py' },
  {
    name: 'one beside, by an absolute path into the main one',
    make: (place) => linked(place, '../two'),
    from: 'two',
    typed: (place) => `${place}/repo/src/b.py`,
  },
  {
    name: 'the main one, by an absolute path into one beside',
    make: (place) => linked(place, '../two'),
    from: 'repo',
    typed: (place) => `${place}/two/src/b.py`,
  },
  {
    name: 'a working tree inside',
    make: (place) => linked(place, '.worktrees/two'),
    from: 'repo/.worktrees/two',
    typed: 'src/b.py',
  },
  {
    name: 'a subfolder of one inside, by an absolute path',
    make: (place) => linked(place, '.worktrees/two'),
    from: 'repo/.worktrees/two/src',
    typed: (place) => `${place}/repo/.worktrees/two/src/b.py`,
  },
  { name: '-C of the top', from: '.', flags: ['-C', 'repo'], typed: 'src/b.py' },
  { name: '-C of a subfolder', from: '.', flags: ['-C', 'repo/src'], typed: 'b.py' },
  {
    name: '-C of a working tree beside',
    make: (place) => linked(place, '../two'),
    from: 'repo',
    flags: ['-C', '../two'],
    typed: 'src/b.py',
  },
  {
    name: 'a working directory behind a symbolic link',
    make: (place) => fs.symlinkSync(`${place}/repo/src`, `${place}/short`),
    from: 'short',
    typed: 'b.py',
  },
  {
    name: 'a repository behind a symbolic link, by an absolute path',
    make: (place) => fs.symlinkSync(`${place}/repo`, `${place}/short`),
    from: 'short',
    typed: (place) => `${place}/short/src/b.py`,
  },
  {
    name: 'a submodule without a store',
    make(place) {
      repository(`${place}/source`, { 'lib.c': '' })
      git(`${place}/repo`, 'submodule', '--quiet', 'add', '../source', 'lib')
    },
    from: 'repo/lib',
    typed: '../src/b.py',
  },
  {
    name: 'another branch',
    make: (place) => git(`${place}/repo`, 'switch', '--quiet', '--create', 'other'),
    from: 'repo',
    typed: 'src/b.py',
  },
]

/** Runs a command line of one run, at home nowhere else. */
function run(place: string, from: string, runId: string, argv: readonly string[]) {
  const machine = { root: path.join(place, from), env: { HOME: path.join(place, 'home') } }
  return runCli(machine, [...argv, '--run-id', runId, '--json'])
}

describe('one file in every layout', () => {
  it.each(LAYOUTS)('is held there and back: $name', async ({ make, from, flags = [], typed }) => {
    const place = temporaryDirectory()
    initRepo(repository(`${place}/repo`, { 'src/b.py': '', 'docs/a.md': '' }), {}, {})
    make?.(place)
    const file = typeof typed === 'string' ? typed : typed(place)
    expect(await run(place, 'repo', 'a1', ['reserve', 'src/b.py', '--deny'])).toMatchObject({ exitCode: 0 })
    const checked = await run(place, from, 'a2', [...flags, 'check', file])
    expect(checked.exitCode).toBe(6)
    expect(documentOf(checked)).toMatchObject({ status: 'held', addresses: ['src/b.py'], holders: [{ run_id: 'a1' }] })
    expect(await run(place, from, 'a2', [...flags, 'reserve', file, '--deny'])).toMatchObject({ exitCode: 6 })
    expect(await run(place, 'repo', 'a1', ['release', 'src/b.py'])).toMatchObject({ exitCode: 0 })
    expect(await run(place, from, 'a2', [...flags, 'reserve', file, '--deny'])).toMatchObject({ exitCode: 0 })
    expect(await run(place, 'repo', 'a1', ['check', 'src/b.py'])).toMatchObject({ exitCode: 6 })
  })

  it('is held in every working tree of a bare repository', async () => {
    const place = temporaryDirectory()
    git(place, 'clone', '--quiet', '--bare', repository(`${place}/source`, { 'src/b.py': '' }), 'hub/repo.git')
    for (const tree of ['one', 'two']) git(`${place}/hub/repo.git`, 'worktree', 'add', '--quiet', `../${tree}`)
    expect(await runCli({ root: `${place}/hub/one`, env: {} }, ['init', '--json'])).toMatchObject({ exitCode: 0 })
    expect(await run(place, 'hub/one/src', 'a1', ['reserve', 'b.py', '--deny'])).toMatchObject({ exitCode: 0 })
    expect(await run(place, 'hub/two', 'a2', ['check', 'src/b.py'])).toMatchObject({ exitCode: 6 })
    expect(await run(place, 'hub/two', 'a2', ['check', `${place}/hub/one/src/b.py`])).toMatchObject({ exitCode: 6 })
  })

  it('is found without a process of git', () => {
    const place = temporaryDirectory()
    initRepo(repository(`${place}/repo`, { 'src/b.py': '' }), {}, {})
    linked(place, '../two')
    const marker = path.join(place, 'git-was-called')
    const bin = path.join(place, 'bin')
    fs.mkdirSync(bin)
    fs.writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho "$@" >> ${marker}\nexit 1\n`, { mode: 0o755 })
    const executable = path.resolve(import.meta.dirname, '../../dist/cli.cjs')
    const env = { HOME: path.join(place, 'home'), PATH: bin, MUSE_COORD_RUN_ID: 'a1' }
    for (const line of [['reserve', 'src/b.py', '--deny'], ['check', 'src/b.py'], ['status'], ['whoami'], ['claim']]) {
      const ended = spawnSync(process.execPath, [executable, ...line, '--json'], { cwd: `${place}/two`, env })
      expect([line[0], ended.status]).toEqual([line[0], line[0] === 'claim' ? 4 : 0])
    }
    expect(fs.existsSync(marker)).toBe(false)
  })
})

describe('a bad address', () => {
  it.each([['a.py,b.py'], ['@src/b.py'], ['`src/b.py`'], [''], ['src/b.py\0']])(
    'is refused by every verb that takes one: %j',
    async (typed) => {
      const place = temporaryDirectory()
      initRepo(repository(`${place}/repo`, { 'src/b.py': '' }), {}, {})
      for (const line of [
        ['check'],
        ['reserve'],
        ['reserve', '--deny'],
        ['release'],
        ['intent'],
        ['heartbeat'],
        ['wait'],
      ]) {
        const ended = await run(place, 'repo', 'a1', [...line, typed])
        expect([line.join(' '), ended.exitCode, documentOf(ended)]).toMatchObject([
          line.join(' '),
          1,
          { status: 'bad_args', hint: expect.stringMatching(/\S/) },
        ])
      }
    },
  )
})
