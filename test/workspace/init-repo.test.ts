import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'smol-toml'
import { init } from '../../src/commands/init.js'
import { type InitResult, initRepo } from '../../src/workspace/init-repo.js'
import { findRepo } from '../../src/workspace/repo.js'
import { childModule } from '../support/child-module.js'
import { callOf } from '../support/command-call.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn } from './temporary-repo.js'

describe('initRepo', () => {
  it('makes nothing behind a link', () => {
    const root = temporaryDirectory()
    fs.mkdirSync(path.join(root, '.muse'))
    fs.symlinkSync(path.join(root, 'nowhere'), path.join(root, '.muse/coordination'))
    expect(codeOf(() => initRepo(root, {}, {}))).toBe('LINK_REFUSED')
  })

  it('makes .muse/ with a config.toml that says nothing yet and explains everything', () => {
    const root = temporaryDirectory()
    expect(initRepo(root, {}, {})).toEqual({
      root,
      created: true,
      config: path.join(root, '.muse', 'config.toml'),
      changed: [],
      hub: null,
      owner: null,
      slug: null,
      inside: null,
    })
    expect(findRepo(root, {}).root).toBe(root)
    const text = fs.readFileSync(path.join(root, '.muse', 'config.toml'), 'utf8')
    expect(parse(text)).toEqual({ hub: {}, coord: {} })
    // Every commented key is one that can be brought to life.
    expect(parse(text.replace(/^# (\w+ = )/gm, '$1'))).toMatchObject({
      hub: { url: expect.any(String) },
      coord: { owner: expect.any(String), slug: expect.any(String), plugins: expect.any(Array) },
    })
  })

  it('fills config.toml, and run again without values it changes nothing', () => {
    const root = temporaryDirectory()
    const values = { hub: 'http://127.0.0.1:1337', owner: '007', slug: 'myrepo' }
    expect(initRepo(root, {}, values)).toMatchObject({
      ...values,
      created: true,
      changed: ['hub.url', 'coord.owner', 'coord.slug'],
    })
    const file = path.join(root, '.muse', 'config.toml')
    const { ino } = fs.statSync(file)
    expect(initRepo(root, {}, {})).toMatchObject({ ...values, created: false, changed: [] })
    expect(initRepo(root, {}, values)).toMatchObject({ changed: [] })
    expect(fs.statSync(file).ino).toBe(ino)
  })

  it('sets what it is told and keeps comments and other keys', () => {
    const root = temporaryDirectory()
    fs.mkdirSync(path.join(root, '.muse'))
    const file = path.join(root, '.muse', 'config.toml')
    fs.writeFileSync(file, '# by hand\n[user]\nname = "G"\n[coord] # ours\nslug = "old" # why\n')
    expect(initRepo(root, {}, { slug: 'new' })).toMatchObject({ created: false, changed: ['coord.slug'], owner: null })
    expect(fs.readFileSync(file, 'utf8')).toBe('# by hand\n[user]\nname = "G"\n[coord] # ours\nslug = "new" # why\n')
  })

  it('refuses a broken config.toml and leaves it as it is', () => {
    const root = temporaryDirectory()
    initRepo(root, {}, {})
    const file = path.join(root, '.muse', 'config.toml')
    for (const broken of ['[coord]\nownr = "g"\n', '[coord\n', 'coord = { owner = "g" }\n']) {
      fs.writeFileSync(file, broken)
      expect(codeOf(() => initRepo(root, {}, { owner: 'new' }))).toBe('CONFIG_INVALID')
      expect(fs.readFileSync(file, 'utf8')).toBe(broken)
    }
    expect(fs.readdirSync(path.join(root, '.muse')).sort()).toEqual(['config.toml', 'coordination'])
  })

  it('writes through no link', () => {
    const target = temporaryDirectory()
    for (const link of ['.muse', '.muse/config.toml']) {
      const root = temporaryDirectory()
      fs.mkdirSync(path.dirname(path.join(root, link)), { recursive: true })
      fs.symlinkSync(path.join(target, 'new'), path.join(root, link))
      expect(codeOf(() => initRepo(root, {}, { owner: 'g' }))).toBe('LINK_REFUSED')
    }
    expect(everythingIn(target)).toEqual([])
  })

  it('says what is in the way', () => {
    const root = temporaryDirectory()
    expect(codeOf(() => initRepo(path.join(root, 'missing'), {}, {}))).toBe('DIRECTORY_MISSING')
    fs.writeFileSync(path.join(root, '.muse'), '')
    expect(codeOf(() => initRepo(root, {}, {}))).toBe('FILE_FAILED')
  })

  it('goes where MUSE_REPO_ROOT says, and tells when it lies in another repository', () => {
    const outer = temporaryDirectory()
    const inner = path.join(outer, 'inner')
    fs.mkdirSync(inner)
    expect(initRepo(inner, { MUSE_REPO_ROOT: '..' }, {}).root).toBe(outer)
    expect(initRepo(inner, {}, {})).toMatchObject({ root: outer, inside: null })
    expect(initRepo(inner, {}, { nested: true })).toMatchObject({ root: inner, inside: outer })
  })

  it('comes to one file when several run at once', async () => {
    const root = temporaryDirectory()
    const child = await childModule(`
      import { initRepo } from 'src/workspace/init-repo.js'
      const [root, key, value] = process.argv.slice(2)
      process.stdout.write(JSON.stringify(initRepo(root, {}, { [key]: value })))
    `)
    const values = { hub: 'http://127.0.0.1:1337', owner: 'gabriel', slug: 'myrepo' }
    const runs = Object.entries(values).map((pair) => child.run<InitResult>({ args: [root, ...pair] }))
    const results = await Promise.all(runs)
    child.remove()
    expect(results.filter(({ created }) => created)).toHaveLength(1)
    expect(initRepo(root, {}, {})).toMatchObject(values)
  })
})

describe('initRepo in git', () => {
  it('makes one store for a subfolder and for every working tree', () => {
    const place = temporaryDirectory()
    const repo = repository(`${place}/repo`, { 'packages/api/a.ts': '' })
    git(repo, 'worktree', 'add', '--quiet', '../two')
    expect(initRepo(`${place}/two`, {}, {})).toMatchObject({ root: repo, created: true, inside: null })
    expect(initRepo(`${repo}/packages/api`, {}, {})).toMatchObject({ root: repo, created: false })
  })

  it('keeps the records from what git adds, stashes and cleans away', () => {
    const repo = repository(`${temporaryDirectory()}/repo`)
    initRepo(repo, {}, {})
    const record = `${repo}/.muse/coordination/tasks/t1.json`
    fs.mkdirSync(path.dirname(record))
    fs.writeFileSync(record, '{}')
    git(repo, 'add', '--all')
    expect(git(repo, 'status', '--porcelain').trim()).toBe('A  .muse/config.toml')
    git(repo, 'stash', '--include-untracked')
    git(repo, 'clean', '-fd')
    git(repo, 'switch', '--quiet', '--create', 'other')
    expect(fs.readFileSync(record, 'utf8')).toBe('{}')
  })

  it('keeps them also where another command makes the directory of the records', () => {
    const repo = repository(`${temporaryDirectory()}/repo`)
    fs.mkdirSync(`${repo}/.muse`)
    fs.writeFileSync(`${repo}/.muse/config.toml`, '')
    findRepo(repo, {}).coordination.in('tasks').write('t1.json', '{}')
    git(repo, 'add', '--all')
    expect(git(repo, 'status', '--porcelain').trim()).toBe('A  .muse/config.toml')
  })
})

describe('init', () => {
  it('returns what it made, and the same in words', async () => {
    const directory = temporaryDirectory()
    const flags = { hub: 'HTTP://127.0.0.1:1337/', owner: '007', slug: 'myrepo' }
    const { result, text } = await init.run(callOf(flags, { directory }))
    expect(result).toMatchObject({ root: directory, hub: 'http://127.0.0.1:1337', owner: '007', slug: 'myrepo' })
    expect(text).toContain(`✅ Made a Muse repository in ${directory}`)
    expect((await init.run(callOf({ slug: 'other' }, { directory }))).text).toContain('✅ Set coord.slug')
    expect((await init.run(callOf({}, { directory }))).text).toContain('nothing changed')
  })

  it.each([
    [{ hub: 'hub.example.com' }, 'HUB_URL_INVALID'],
    [{ owner: '..' }, 'NAME_INVALID'],
    [{ owner: '' }, 'FLAG_MISSING'],
    [{ slug: 'a/b' }, 'NAME_INVALID'],
  ])('refuses %j before it makes anything', async (flags, code) => {
    const directory = temporaryDirectory()
    await expect(init.run(callOf(flags, { directory }))).rejects.toMatchObject({ code })
    expect(everythingIn(directory)).toEqual([])
  })
})
