import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { repoAt } from '../../src/workspace/repo.js'
import { areSettingsTracked, trackedPathsOf, trackedRecords } from '../../src/workspace/tracked-records.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Longer than what one number of the format holds in a byte. */
const LONG = `${'deep/'.repeat(60)}a.txt`

const FILES = {
  '.gitignore': 'x\n',
  '.muse/config.toml': '',
  '.muse/coordination/claims/t1.json': '{}',
  '.muse/coordination/tasks/Ä.json': '{}',
  '.muse/coordinations/no.json': '{}',
  [LONG]: '',
  'z.txt': '',
}

const RECORDS = ['.muse/coordination/claims/t1.json', '.muse/coordination/tasks/Ä.json']

describe('the records that git tracks', () => {
  it.each(['2', '3', '4'])('are read from an index of version %s, as git tells them', (version) => {
    const root = repository(temporaryDirectory(), FILES)
    // Version 3 is for entries with further flags.
    fs.writeFileSync(path.join(root, 'later.txt'), '')
    git(root, 'update-index', '--index-version', version)
    git(root, 'add', '--intent-to-add', 'later.txt')
    expect(trackedRecords(repoAt(root))).toEqual(RECORDS)
    const told = git(root, 'ls-files', '-z', '--', '.muse/coordination')
    expect(told.split('\0').slice(0, -1)).toEqual(RECORDS)
  })

  it('are read where hashes are longer', () => {
    const root = temporaryDirectory()
    git(root, 'init', '--quiet', '--object-format=sha256')
    repository(root, FILES)
    expect(trackedRecords(repoAt(root))).toEqual(RECORDS)
  })

  it('are those of the working tree that the store lies in', () => {
    const root = repository(path.join(temporaryDirectory(), 'repo'))
    git(root, 'worktree', 'add', '--quiet', '../two')
    const two = path.join(root, '../two')
    fs.mkdirSync(path.join(two, '.muse/coordination/tasks'), { recursive: true })
    fs.writeFileSync(path.join(two, '.muse/coordination/tasks/t1.json'), '{}')
    git(two, 'add', '--all')
    expect(trackedRecords(repoAt(fs.realpathSync(two)))).toEqual(['.muse/coordination/tasks/t1.json'])
    expect(trackedRecords(repoAt(root))).toEqual([])
  })

  it('are named from the top, also where the store lies in a subfolder', () => {
    const root = repository(temporaryDirectory(), { 'api/.muse/coordination/tasks/t1.json': '{}' })
    expect(trackedRecords(repoAt(path.join(root, 'api')))).toEqual(['api/.muse/coordination/tasks/t1.json'])
  })

  it.each(['.muse', '.muse/coordination', '.muse/coordination/claims'])('are also those of a submodule at %s', (at) => {
    const module = repository(path.join(temporaryDirectory(), 'module'), {
      [path.relative(at, '.muse/coordination/claims/t1.json')]: '{}',
      'config.toml': '',
    })
    const origin = repository(path.join(temporaryDirectory(), 'origin'))
    git(origin, 'submodule', '--quiet', 'add', module, at)
    git(origin, 'commit', '--quiet', '--message', 'Store')
    const clone = path.join(temporaryDirectory(), 'clone')
    git(origin, 'clone', '--quiet', '--recurse-submodules', origin, clone)
    const repo = repoAt(fs.realpathSync(clone))
    expect(trackedRecords(repo)).toContain('.muse/coordination/claims/t1.json')
    expect(trackedPathsOf(repo).has(path.join(repo.coordination.path, 'claims/t1.json'))).toBe(true)
    expect(areSettingsTracked(repo)).toBe(at === '.muse')
  })

  it('are none without git, and before anything was added', () => {
    const root = temporaryDirectory()
    expect(trackedRecords(repoAt(root))).toEqual([])
    git(root, 'init', '--quiet')
    expect(trackedRecords(repoAt(root))).toEqual([])
  })

  it('are read from an index that is split over two files', () => {
    const root = repository(temporaryDirectory(), FILES)
    git(root, 'update-index', '--split-index')
    expect(trackedRecords(repoAt(root))).toEqual(RECORDS)
    const later = '.muse/coordination/tasks/later.json'
    fs.writeFileSync(path.join(root, later), '{}')
    fs.appendFileSync(path.join(root, RECORDS[0] as string), ' ')
    git(root, 'add', '--force', later, RECORDS[0] as string)
    expect(fs.readdirSync(path.join(root, '.git')).some((name) => name.startsWith('sharedindex.'))).toBe(true)
    expect(new Set(trackedRecords(repoAt(root)))).toEqual(new Set([...RECORDS, later]))
  })

  it('cannot be told of an index whose shared part is missing, or that is none', () => {
    const root = repository(temporaryDirectory(), FILES)
    git(root, 'update-index', '--split-index')
    for (const name of fs.readdirSync(path.join(root, '.git'))) {
      if (name.startsWith('sharedindex.')) fs.rmSync(path.join(root, '.git', name))
    }
    expect(trackedRecords(repoAt(root))).toBeNull()
    fs.writeFileSync(path.join(root, '.git/index'), 'DIRC')
    expect(trackedRecords(repoAt(root))).toBeNull()
    fs.writeFileSync(path.join(root, '.git/index'), 'DIRC\0\0\0\u0002\0\0\0\u0009')
    expect(trackedRecords(repoAt(root))).toBeNull()
  })
})
