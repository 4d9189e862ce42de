import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { locate } from '../../src/workspace/locate.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Makes what a test needs under a place of its own; paths of the table count from there. */
interface Case {
  readonly name: string
  readonly make: (place: string) => void
  readonly from: string
  readonly env?: Readonly<Record<string, string>>
  readonly root: string | null
  readonly tree?: string
}

const store = (directory: string) => fs.mkdirSync(path.join(directory, '.muse/coordination'), { recursive: true })
const linked = (place: string, where: string) => git(`${place}/repo`, 'worktree', 'add', '--quiet', where)

const CASES: readonly Case[] = [
  {
    name: 'a subfolder of the main working tree',
    make: (place) => store(repository(`${place}/repo`, { 'packages/api/a.ts': '' })),
    from: 'repo/packages/api',
    root: 'repo',
    tree: 'repo',
  },
  {
    name: 'a working tree beside the repository',
    make(place) {
      store(repository(`${place}/repo`))
      linked(place, '../two')
    },
    from: 'two',
    root: 'repo',
    tree: 'two',
  },
  {
    name: 'a subfolder of a working tree inside of the repository',
    make(place) {
      store(repository(`${place}/repo`, { 'src/a.ts': '' }))
      linked(place, '.worktrees/two')
    },
    from: 'repo/.worktrees/two/src',
    root: 'repo',
    tree: 'repo/.worktrees/two',
  },
  {
    name: 'a working tree that has a copy of the store checked out',
    make(place) {
      store(repository(`${place}/repo`, { '.muse/coordination/tasks/t1.json': '{}' }))
      linked(place, '../two')
    },
    from: 'two',
    root: 'repo',
    tree: 'two',
  },
  {
    name: 'a working tree of a bare repository',
    make(place) {
      git(place, 'clone', '--quiet', '--bare', repository(`${place}/source`), 'hub/repo.git')
      git(`${place}/hub/repo.git`, 'worktree', 'add', '--quiet', '../one')
      store(`${place}/hub`)
    },
    from: 'hub/one',
    root: 'hub',
    tree: 'hub/one',
  },
  {
    name: 'a submodule without a store of its own',
    make(place) {
      repository(`${place}/source`)
      git(repository(`${place}/repo`), 'submodule', '--quiet', 'add', '../source', 'lib')
      store(`${place}/repo`)
    },
    from: 'repo/lib',
    root: 'repo',
    tree: 'repo',
  },
  {
    name: 'a nested clone with a store of its own',
    make(place) {
      store(repository(`${place}/repo`))
      store(repository(`${place}/repo/vendor/other`))
    },
    from: 'repo/vendor/other',
    root: 'repo/vendor/other',
    tree: 'repo/vendor/other',
  },
  {
    name: 'a store in a subfolder of a repository',
    make: (place) => store(`${repository(`${place}/repo`, { 'packages/api/a.ts': '' })}/packages/api`),
    from: 'repo/packages/api',
    root: 'repo/packages/api',
    tree: 'repo',
  },
  {
    name: 'a directory without git',
    make: (place) => store(`${place}/plain/deep`),
    from: 'plain/deep',
    root: 'plain/deep',
    tree: 'plain/deep',
  },
  {
    name: 'a working directory behind a symbolic link',
    make(place) {
      store(repository(`${place}/repo`, { 'src/a.ts': '' }))
      fs.symlinkSync(`${place}/repo/src`, `${place}/short`)
    },
    from: 'short',
    root: 'repo',
    tree: 'repo',
  },
  {
    name: 'MUSE_REPO_ROOT, from a working tree of that repository',
    make(place) {
      store(repository(`${place}/repo`))
      linked(place, '../two')
    },
    from: 'two',
    env: { MUSE_REPO_ROOT: '../repo' },
    root: 'repo',
    tree: 'two',
  },
  {
    name: 'MUSE_REPO_ROOT, from elsewhere',
    make: (place) => store(repository(`${place}/repo`)),
    from: '.',
    env: { MUSE_REPO_ROOT: 'repo' },
    root: 'repo',
    tree: 'repo',
  },
  { name: 'no store at all', make: (place) => repository(`${place}/repo`), from: 'repo', root: null },
  {
    name: 'a home below another one that only keeps identities',
    make(place) {
      fs.mkdirSync(`${place}/home/agent/work`, { recursive: true })
      fs.mkdirSync(`${place}/home/.muse`)
      fs.writeFileSync(`${place}/home/.muse/identity.toml`, '')
    },
    from: 'home/agent/work',
    env: { HOME: 'home/agent' },
    root: null,
  },
  {
    name: 'a home directory that only keeps identities',
    make: (place) => fs.mkdirSync(`${place}/home/.muse/keys`, { recursive: true }),
    from: 'home',
    env: { HOME: 'home' },
    root: null,
  },
]

describe('where a command works', () => {
  it.each(CASES)('is right in $name', ({ make, from, env = {}, root, tree }) => {
    const place = temporaryDirectory()
    make(place)
    const environment = { ...env, ...(env.HOME && { HOME: path.join(place, env.HOME) }) }
    const found = locate(path.join(place, from), environment)
    if (root === null) expect(found).toBeNull()
    else expect(found).toMatchObject({ root: path.join(place, root), tree: path.join(place, tree ?? root) })
  })

  it('is said to be gone where the directory was removed', () => {
    const place = temporaryDirectory()
    expect(() => locate(path.join(place, 'gone'), {})).toThrow(/is not there/)
  })

  it('is not behind a symbolic link in the place of the store', () => {
    const place = temporaryDirectory()
    fs.symlinkSync(place, path.join(place, '.muse'))
    expect(() => locate(place, {})).toThrow(/symbolic link/)
  })
})
