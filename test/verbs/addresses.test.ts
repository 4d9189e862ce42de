import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { check, openSession, reserve } from '../../src/index.js'
import { initRepo } from '../../src/workspace/init-repo.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A repository with a store, and two linked working trees: one beside it, one inside. */
function threeTrees() {
  const place = temporaryDirectory()
  const main = repository(`${place}/repo`, { 'packages/api/src/a.py': '', 'src/b.py': '', 'src/app/[id]/page.tsx': '' })
  const beside = `${place}/two`
  const inside = `${main}/.worktrees/three`
  git(main, 'worktree', 'add', '--quiet', beside)
  git(main, 'worktree', 'add', '--quiet', inside)
  initRepo(main, {}, {})
  return { place, main, beside, inside }
}

async function held(directory: string, ...addresses: readonly string[]) {
  const session = await openSession({ directory, env: {} })
  return check(session, { addresses })
}

async function hold(directory: string, ...addresses: readonly string[]) {
  const session = await openSession({ directory, env: {} })
  return reserve(session, { addresses, runId: 'a1', ttlSeconds: 600, deny: true })
}

describe('an address', () => {
  it('counts from the working directory, as for git, and from the top with :/', async () => {
    const { main } = threeTrees()
    await hold(main, 'packages/api/src/a.py')
    const api = path.join(main, 'packages/api')
    for (const typed of [
      'src/a.py',
      './src/a.py',
      ':/packages/api/src/a.py',
      path.join(api, 'src/a.py'),
      '../api/src/a.py',
    ]) {
      expect(await held(api, typed)).toMatchObject({ status: 'held', addresses: ['packages/api/src/a.py'] })
    }
    expect(await held(api, ':/src/a.py')).toMatchObject({ status: 'free', addresses: ['src/a.py'] })
  })

  it('is one for one file in every working tree, however it is named', async () => {
    const { main, beside, inside } = threeTrees()
    const file = 'src/b.py'
    await hold(beside, file)
    for (const from of [main, beside, inside]) {
      for (const tree of [main, beside, inside]) {
        expect(await held(from, path.join(tree, file))).toMatchObject({ status: 'held', addresses: [file] })
      }
      expect(await held(path.join(from, 'src'), 'b.py', './b.py')).toMatchObject({ status: 'held', addresses: [file] })
    }
  })

  it('is one whatever its case where the file system has none, and as many as there are spellings elsewhere', async () => {
    const { main, beside } = threeTrees()
    await hold(main, 'src/b.py', 'docs/New.md')
    for (const typed of ['Src/B.py', 'SRC', 'src/*.PY', 'DOCS/new.md']) {
      expect(await held(beside, typed)).toMatchObject({ status: 'free' })
    }
    // As a file system without case shows it: the store is found by another spelling of its name.
    fs.symlinkSync('.muse', path.join(main, '.MUSE'))
    for (const typed of ['Src/B.py', 'SRC', 'src/*.PY', 'DOCS/new.md', 'src/b.PY::f']) {
      expect(await held(beside, typed)).toMatchObject({ status: 'held' })
    }
    const other = await openSession({ directory: beside, env: {} })
    const request = { addresses: ['DOCS/NEW.md'], runId: 'a2', ttlSeconds: 600, deny: true }
    expect(await reserve(other, request)).toMatchObject({ status: 'held' })
  })

  it('is spelt as on disk where the file system has no case', async () => {
    const { main } = threeTrees()
    fs.symlinkSync('.muse', path.join(main, '.MUSE'))
    const { addresses } = await hold(main, 'Packages/API/Src/New.py', 'SRC/B.py', 'src/App/*.TSX')
    expect(addresses).toEqual(['packages/api/src/New.py', 'src/b.py', 'src/app/*.TSX'])
  })

  it.each([
    ['NFC', 'NFD'],
    ['NFD', 'NFC'],
  ])('is one for a name in %s that is asked for in %s', async (written, asked) => {
    const { main } = threeTrees()
    const name = 'src/caf\u00e9.py'
    fs.writeFileSync(path.join(main, name.normalize(written)), '')
    expect((await hold(main, name.normalize(written))).misspelt).toEqual([])
    expect(await held(main, name.normalize(asked))).toMatchObject({ status: 'held' })
  })

  it('stays held whatever git does to a working tree, and when that tree is removed', async () => {
    const { main, beside } = threeTrees()
    await hold(beside, 'src/b.py')
    fs.writeFileSync(path.join(beside, 'src/new.py'), '')
    for (const tree of [beside, main]) {
      git(tree, 'add', '--all')
      git(tree, 'stash', '--include-untracked')
      git(tree, 'clean', '-fd')
      git(tree, 'switch', '--quiet', '--detach')
      expect(await held(main, 'src/b.py')).toMatchObject({ status: 'held' })
    }
    git(main, 'worktree', 'remove', '--force', beside)
    expect(await held(main, 'src/b.py')).toMatchObject({ status: 'held' })
  })

  it('is the same behind a symbolic link', async () => {
    const { place, main } = threeTrees()
    await hold(main, 'src/b.py')
    fs.symlinkSync(path.join(main, 'src'), path.join(place, 'short'))
    expect(await held(path.join(place, 'short'), 'b.py')).toMatchObject({ status: 'held' })
    expect(await held(main, path.join(place, 'short', 'b.py'))).toMatchObject({ status: 'held' })
  })

  it('in a submodule that has no store of its own counts from the repository around it', async () => {
    const { place, main } = threeTrees()
    repository(`${place}/source`, { 'lib.c': '' })
    git(main, 'submodule', '--quiet', 'add', '../source', 'lib')
    await hold(main, 'lib/lib.c')
    expect(await held(`${main}/lib`, 'lib.c')).toMatchObject({ status: 'held', addresses: ['lib/lib.c'] })
  })

  it.each(['src/b.py:10-20', 'src/b.py:10', 'src/b.py:10:5', 'src/b.py#L10', 'src/b.py#L10-L20', 'src\\b.py'])(
    'like %s means the file',
    async (typed) => {
      const { main } = threeTrees()
      expect((await hold(main, typed)).addresses).toEqual(['src/b.py'])
    },
  )

  it('with a colon or an @ that a file really bears means that file', async () => {
    const { main } = threeTrees()
    fs.writeFileSync(path.join(main, '@a.py'), '')
    fs.writeFileSync(path.join(main, 'b.py:10'), '')
    expect((await hold(main, '@a.py', 'b.py:10')).addresses).toEqual(['@a.py', 'b.py:10'])
  })

  it.each([
    ['', 'is empty', /Name a file/],
    [' ', 'is empty', /Name a file/],
    ['a\0.py', 'control characters', /without them/],
    ['a.py,b.py', 'names several files', /a\.py b\.py/],
    ['@src/b.py', 'is quoted, or marked', /"src\/b\.py"/],
    ['`src/b.py`', 'is quoted, or marked', /"src\/b\.py"/],
    ["'src/b.py'", 'is quoted, or marked', /"src\/b\.py"/],
    ['src/b.py ', 'begins or ends with a space', /"src\/b\.py"/],
    ['~/b.py', 'is no path', /from the repository/],
    ['-', 'is no path', /as an argument/],
    ['https://x.y/b.py', 'is a URL', /by its path/],
    ['file:///src/b.py', 'is a URL', /by its path/],
    ['::f', 'is no path', /src\/a\.ts::Parser/],
  ])('like %j is refused with what is wrong and a cure', async (typed, problem, hint) => {
    const { main } = threeTrees()
    await expect(held(main, typed)).rejects.toMatchObject({
      code: 'ADDRESS_INVALID',
      message: expect.stringContaining(problem),
      hint: expect.stringMatching(hint),
    })
  })

  it('outside of every working tree is nobody’s: it is free, and cannot be reserved', async () => {
    const { main, place } = threeTrees()
    const outside = path.join(place, 'elsewhere.py')
    expect(await held(main, outside, '/etc/passwd')).toMatchObject({
      status: 'free',
      outside: [outside, '/etc/passwd'],
    })
    await expect(hold(main, '../elsewhere.py')).rejects.toMatchObject({ code: 'ADDRESS_OUTSIDE' })
  })

  it('of a path that is not there names the one that nearly is, and holds it all the same', async () => {
    const { main } = threeTrees()
    for (const there of ['src/', 'src', 'src/b.py']) expect((await held(main, there)).misspelt).toEqual([])
    expect(await hold(main, 'src/b.pyy')).toMatchObject({
      status: 'ok',
      misspelt: [{ address: 'src/b.pyy', nearest: 'src/b.py' }],
    })
    expect((await held(main, 'src/quite-another.rs')).misspelt).toEqual([])
  })

  it.each([
    ['packags/api/src/a.py', 'packages/api/src/a.py'],
    ['packages/ap/src/a.py::f', 'packages/api/src/a.py'],
    ['packags/api/src/quite-new.rs', 'packages/api/src/quite-new.rs'],
  ])('of a path in a folder that is not there names the nearest: %s, %s', async (address, nearest) => {
    const { main } = threeTrees()
    expect((await held(main, address)).misspelt).toEqual([{ address, nearest }])
  })
})
