import fs from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { beginAsking, sweepAsking } from '../../src/workspace/leases/asking.js'
import type { Repo } from '../../src/workspace/repo.js'
import { place, temporaryRepo } from './temporary-repo.js'

const ASKING = '.order/asking'

/** What another process has left there, or is at. */
function markOf(repo: Repo, name: string, mark: object): string {
  return place(repo, { [`${ASKING}/${name}`]: mark })[0] as string
}

function names(repo: Repo): string[] {
  return fs.readdirSync(path.join(repo.coordinationDirectory, ASKING)).filter((name) => !name.startsWith('.'))
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe('asking the hub for a lease', () => {
  it('is told to whoever wants to ask for the same, until it ends', () => {
    const repo = temporaryRepo()
    const end = beginAsking(repo, 'claim', 't1')
    expect(end).not.toBeNull()
    expect(beginAsking(repo, 'claim', 't1')).toBeNull()
    expect(beginAsking(repo, 'claim', 't2')).not.toBeNull()
    expect(beginAsking(repo, 'lock', 't1')).not.toBeNull()
    expect(names(repo)).toEqual(['claim@t1', 'claim@t2', 'lock@t1'])
    end?.()
    expect(names(repo)).toEqual(['claim@t2', 'lock@t1'])
    expect(beginAsking(repo, 'claim', 't1')).not.toBeNull()
  })

  it('makes one file for all that a process asks for', () => {
    const repo = temporaryRepo()
    for (const id of ['t1', 't2', 't3']) beginAsking(repo, 'claim', id)
    const inodes = names(repo).map((name) => fs.statSync(path.join(repo.coordinationDirectory, ASKING, name)).ino)
    expect(new Set(inodes).size).toBe(1)
  })

  it('goes on when its file was swept away', () => {
    const repo = temporaryRepo()
    beginAsking(repo, 'claim', 't1')
    expect(sweepAsking(repo)).toBe(0)
    expect(sweepAsking(repo, Date.now() + 60_000)).toBe(2)
    expect(beginAsking(repo, 'claim', 't1')).not.toBeNull()
    expect(beginAsking(repo, 'claim', 't1')).toBeNull()
  })

  it('passes over a process that is gone, and waits for one that is not', () => {
    const repo = temporaryRepo()
    const mark = JSON.parse(markBy(repo))
    markOf(repo, 'claim@t1', { ...mark, pid: 2 ** 30 })
    markOf(repo, 'claim@t2', mark)
    markOf(repo, 'claim@t3', { ...mark, pid: 2 ** 30, host: 'another machine', machine: 'another', boot: 'another' })
    expect(beginAsking(repo, 'claim', 't1')).not.toBeNull()
    expect(beginAsking(repo, 'claim', 't2')).toBeNull()
    expect(beginAsking(repo, 'claim', 't3')).toBeNull()
  })

  it('works where there are no hard links', () => {
    const repo = temporaryRepo()
    beginAsking(repo, 'claim', 't0')
    jest.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw Object.assign(new Error('not here'), { code: 'ENOTSUP' })
    })
    const end = beginAsking(repo, 'claim', 't1')
    expect(end).not.toBeNull()
    expect(beginAsking(repo, 'claim', 't1')).toBeNull()
    end?.()
    expect(beginAsking(repo, 'claim', 't1')).not.toBeNull()
  })

  it('is refused through a link', () => {
    const repo = temporaryRepo()
    const elsewhere = temporaryRepo()
    fs.mkdirSync(path.join(repo.coordinationDirectory, '.order'))
    fs.symlinkSync(elsewhere.root, path.join(repo.coordinationDirectory, ASKING))
    expect(() => beginAsking(repo, 'claim', 't1')).toThrow(/link/)
  })
})

function markBy(repo: Repo): string {
  const end = beginAsking(repo, 'claim', 'own')
  const mark = fs.readFileSync(path.join(repo.coordinationDirectory, ASKING, 'claim@own'), 'utf8')
  end?.()
  return mark
}
