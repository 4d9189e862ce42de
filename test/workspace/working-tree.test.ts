import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { findWorkingTree, workingTreeTops } from '../../src/workspace/working-tree.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A way to lay out a repository, and what its parts are called in a directory of the test's own. */
interface Layout {
  readonly name: string
  readonly make: (place: string) => void
  /** From where is looked. */
  readonly from: string
  readonly top: string
  readonly home: string
  readonly isLinked: boolean
  readonly tops: readonly string[]
}

const LAYOUTS: readonly Layout[] = [
  {
    name: 'a subfolder of the main working tree',
    make: (place) => repository(`${place}/repo`, { 'packages/api/a.ts': '' }),
    from: 'repo/packages/api',
    top: 'repo',
    home: 'repo',
    isLinked: false,
    tops: ['repo'],
  },
  {
    name: 'a linked working tree beside the repository',
    make: (place) => git(repository(`${place}/repo`), 'worktree', 'add', '--quiet', '../two'),
    from: 'two',
    top: 'two',
    home: 'repo',
    isLinked: true,
    tops: ['repo', 'two'],
  },
  {
    name: 'a linked working tree inside of the repository',
    make: (place) => git(repository(`${place}/repo`), 'worktree', 'add', '--quiet', '.worktrees/two'),
    from: 'repo/.worktrees/two',
    top: 'repo/.worktrees/two',
    home: 'repo',
    isLinked: true,
    tops: ['repo', 'repo/.worktrees/two'],
  },
  {
    name: 'a linked working tree of a bare repository',
    make(place) {
      git(place, 'clone', '--quiet', '--bare', repository(`${place}/source`), 'hub/repo.git')
      git(`${place}/hub/repo.git`, 'worktree', 'add', '--quiet', '../one')
    },
    from: 'hub/one',
    top: 'hub/one',
    home: 'hub',
    isLinked: true,
    tops: ['hub/one'],
  },
  {
    name: 'a submodule',
    make: (place) => withSubmodule(place),
    from: 'repo/lib',
    top: 'repo/lib',
    home: 'repo/lib',
    isLinked: false,
    tops: ['repo/lib'],
  },
  {
    name: 'a linked working tree of a submodule',
    make(place) {
      withSubmodule(place)
      git(`${place}/repo/lib`, 'worktree', 'add', '--quiet', `${place}/lib-two`)
    },
    from: 'lib-two',
    top: 'lib-two',
    home: 'repo/lib',
    isLinked: true,
    tops: ['repo/lib', 'lib-two'],
  },
  {
    name: 'a repository whose git directory lies elsewhere',
    make(place) {
      fs.mkdirSync(`${place}/repo`)
      git(`${place}/repo`, 'init', '--quiet', '--separate-git-dir', '../elsewhere.git')
    },
    from: 'repo',
    top: 'repo',
    home: 'repo',
    isLinked: false,
    tops: ['repo'],
  },
]

function withSubmodule(place: string): void {
  repository(`${place}/source`)
  git(repository(`${place}/repo`), 'submodule', '--quiet', 'add', '../source', 'lib')
}

describe('the working tree that a directory lies in', () => {
  it.each(LAYOUTS)('is found in $name, as git finds it', ({ make, from, top, home, isLinked, tops }) => {
    const place = temporaryDirectory()
    make(place)
    const tree = findWorkingTree(path.join(place, from))
    expect(tree).toMatchObject({ top: path.join(place, top), home: path.join(place, home), isLinked })
    expect(git(path.join(place, from), 'rev-parse', '--show-toplevel').trim()).toBe(tree?.top)
    const common = git(path.join(place, from), 'rev-parse', '--path-format=absolute', '--git-common-dir').trim()
    expect(tree?.commonDirectory).toBe(common)
    expect(tree && workingTreeTops(tree)).toEqual(tops.map((name) => path.join(place, name)))
  })

  it('is none outside of git, and none for a .git that leads nowhere', () => {
    const place = temporaryDirectory()
    expect(findWorkingTree(place)).toBeNull()
    fs.writeFileSync(path.join(place, '.git'), 'gitdir: /nowhere/at/all\n')
    expect(findWorkingTree(place)).toBeNull()
  })

  it('does not list a linked working tree whose directory was removed', () => {
    const place = temporaryDirectory()
    git(repository(`${place}/repo`), 'worktree', 'add', '--quiet', '../two')
    fs.rmSync(`${place}/two`, { recursive: true })
    const tree = findWorkingTree(`${place}/repo`)
    expect(tree && workingTreeTops(tree)).toEqual([`${place}/repo`])
  })
})
