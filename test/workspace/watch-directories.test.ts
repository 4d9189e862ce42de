import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { watchDirectories } from '../../src/workspace/watch-directories.js'
import { cleanUp } from '../support/clean-up.js'
import { place, temporaryRepo } from './temporary-repo.js'

/** Everything that was told, once `isSo` of it. */
async function until(told: readonly string[], isSo: (told: ReadonlySet<string>) => boolean): Promise<Set<string>> {
  const end = performance.now() + 10_000
  while (!isSo(new Set(told))) {
    if (performance.now() > end) throw new Error(`told within 10 s: ${told.join(' ')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return new Set(told)
}

describe('watchDirectories', () => {
  it('names the file that came, was rewritten or was put in place by a rename', async () => {
    const repo = temporaryRepo()
    const directory = path.join(repo.coordinationDirectory, 'tasks')
    for (const made of [directory, path.join(repo.coordinationDirectory, 'remote', 'task')]) {
      fs.mkdirSync(made, { recursive: true })
    }
    const told: string[] = []
    const onChange = (of?: string, name?: string) => told.push(`${of}/${name}`)
    cleanUp(watchDirectories(repo, ['tasks', 'remote/task'], onChange))
    told.length = 0
    place(repo, { 'tasks/a.json': {}, 'remote/task/b.json': {}, 'tasks/.c.tmp': {} })
    fs.renameSync(path.join(directory, '.c.tmp'), path.join(directory, 'c.json'))
    const names = await until(told, (all) =>
      ['tasks/a.json', 'remote/task/b.json', 'tasks/c.json'].every((n) => all.has(n)),
    )
    expect([...names].filter((name) => !name.endsWith('.json'))).toEqual([])
  })

  it('vouches for nothing in a directory that was made meanwhile: it may have had files before it was watched', async () => {
    const repo = temporaryRepo()
    const told: string[] = []
    cleanUp(watchDirectories(repo, ['tasks'], (directory, name) => told.push(`${directory}/${name}`)))
    told.length = 0
    place(repo, { 'tasks/a.json': {} })
    await until(told, (all) => all.has('undefined/undefined'))
    told.length = 0
    place(repo, { 'tasks/b.json': {} })
    await until(told, (all) => all.has('tasks/b.json'))
  })
})

describe('a watch where something goes wrong', () => {
  it('goes on when the whole store was removed and restored', async () => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {} })
    const told: string[] = []
    cleanUp(watchDirectories(repo, ['tasks'], (directory, name) => told.push(`${directory}/${name}`)))
    fs.renameSync(repo.muse.path, `${repo.muse.path}-away`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    fs.renameSync(`${repo.muse.path}-away`, repo.muse.path)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    told.length = 0
    place(repo, { 'tasks/b.json': {} })
    await until(told, (all) => all.has('tasks/b.json'))
    fs.rmSync(repo.muse.path, { recursive: true })
    await new Promise((resolve) => setTimeout(resolve, 100))
    told.length = 0
    place(repo, { 'tasks/c.json': {} })
    await until(told, (all) => all.has('undefined/undefined'))
    told.length = 0
    place(repo, { 'tasks/d.json': {} })
    await until(told, (all) => all.has('tasks/d.json'))
  })

  it('looks every two seconds where no watch is to be had, says so once, and watches again when it can', async () => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {} })
    const full = jest.spyOn(fs, 'watch').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' })
    })
    const told: string[] = []
    const problems: string[] = []
    cleanUp(
      watchDirectories(
        repo,
        ['tasks'],
        (directory, name) => told.push(`${directory}/${name}`),
        (problem) => problems.push(problem),
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 4500))
    expect(told).toEqual(['undefined/undefined', 'undefined/undefined'])
    expect(problems).toEqual([expect.stringContaining('cannot be watched: ENOSPC')])
    full.mockRestore()
    await new Promise((resolve) => setTimeout(resolve, 2500))
    told.length = 0
    place(repo, { 'tasks/b.json': {} })
    await until(told, (all) => all.has('tasks/b.json'))
  })
})
