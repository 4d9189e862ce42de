import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { contentHash } from '../../src/workspace/index/sent-files.js'
import { StoreIndex } from '../../src/workspace/index/store-index.js'
import { examineFile, type RecordFile } from '../../src/workspace/record-files.js'
import { type Repo, repoAt } from '../../src/workspace/repo.js'
import { SyncState } from '../../src/workspace/state/sync-state.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { pretendPush, SPACE, TASK } from './pretend-push.js'
import { everythingIn, place, temporaryRepo } from './temporary-repo.js'

/** Longer than a tick of the clock that files are stamped with, so that what happened before can be trusted. */
const A_TICK_MS = 20

function tasks(count: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`tasks/t${index}.json`, { title: `task ${index}` }]),
  )
}

/** The file of the index: the one with the highest number. */
function indexOf(repo: Repo): string {
  const directory = path.join(repo.coordinationDirectory, '.sync')
  const names = fs.readdirSync(directory).filter((name) => /^index\.\d+\.db$/.test(name))
  return path.join(directory, names.sort().at(-1) as string)
}

describe('SentFiles', () => {
  it('sends every file once, by name, and knows them all afterwards', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(12))
    await setTimeout(A_TICK_MS)
    const names = Array.from({ length: 12 }, (_, index) => `t${index}.json`).sort()
    expect(pretendPush(repo)).toEqual({ sent: names, held: [], known: 0, ignored: [] })
    expect(pretendPush(repo)).toEqual({ sent: [], held: [], known: 12, ignored: [] })
    expect(pretendPush(repo)).toEqual({ sent: [], held: [], known: 12, ignored: [] })
  })

  it('touches nothing where there is nothing to send', () => {
    const repo = temporaryRepo()
    expect(pretendPush(repo)).toEqual({ sent: [], held: [], known: 0, ignored: [] })
    expect(everythingIn(repo.coordinationDirectory)).toEqual([])
  })

  it('sends what was added, and what was replaced by a rename', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(5))
    pretendPush(repo)
    place(repo, { 'tasks/new.json': { title: 'new' }, 'tasks/t3.json.tmp': { title: 'changed' } })
    const directory = path.join(repo.coordinationDirectory, 'tasks')
    fs.renameSync(path.join(directory, 't3.json.tmp'), path.join(directory, 't3.json'))
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo).sent).toEqual(['new.json', 't3.json'])
    expect(pretendPush(repo).sent).toEqual([])
  })

  it('forgets nothing when files are removed', async () => {
    const repo = temporaryRepo()
    const files = place(repo, tasks(5))
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    fs.rmSync(files[0] as string)
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo)).toMatchObject({ sent: [], known: 4 })
    place(repo, tasks(5))
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: expect.arrayContaining(['t0.json']) })
  })

  it.each([true, false])('finds each rewrite in place, however soon after a push (every file: %s)', (everyFile) => {
    const repo = temporaryRepo()
    const [file] = place(repo, { 'tasks/a.json': '{"n":100}', 'tasks/b.json': '{"n":100}' }) as [string]
    pretendPush(repo, { everyFile })
    for (let n = 101; n < 200; n++) {
      fs.writeFileSync(file, `{"n":${n}}`)
      expect(pretendPush(repo, { everyFile }).sent).toEqual(['a.json'])
    }
    expect(pretendPush(repo, { everyFile }).sent).toEqual([])
  })

  it('compares what was too young to be trusted at the next look, among thousands and when another file came', async () => {
    const repo = temporaryRepo()
    place(repo, { ...tasks(2000), 'tasks/young.json': { n: 1 } })
    await setTimeout(A_TICK_MS)
    const young = examineFile(repo, 'tasks', 'young.json', []) as RecordFile
    const hash = contentHash(JSON.stringify({ n: 1 }))
    pretendPush(repo, { refused: ['young.json'] })
    SyncState.open(repo, SPACE)
      .sentByContent(TASK)
      .record([{ file: young, recordId: 'young', hash }])
    place(repo, { 'tasks/another.json': {} })
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo)).toEqual({ sent: ['another.json'], held: ['young.json'], known: 2000, ignored: [] })
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: [], known: 2002 })
  })

  it('finds a rewrite of the same length whose modification time was set back', async () => {
    const repo = temporaryRepo()
    const [file] = place(repo, { 'tasks/a.json': '{"n":100}' }) as [string]
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    const { atime, mtime } = fs.statSync(file)
    fs.writeFileSync(file, '{"n":101}')
    fs.utimesSync(file, atime, mtime)
    expect(pretendPush(repo).sent).toEqual(['a.json'])
  })

  it('reads a file again, and sends nothing, when only its time stamps changed', async () => {
    const repo = temporaryRepo()
    const [file] = place(repo, { 'tasks/a.json': { id: 'x' } }) as [string]
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    fs.utimesSync(file, 1, 1)
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: ['a.json'] })
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: [], known: 1 })
  })

  it('comes back to what the hub refused and to what could not be read, each time', async () => {
    const repo = temporaryRepo()
    place(repo, { ...tasks(3), 'tasks/broken.json': '{' })
    fs.mkdirSync(path.join(repo.coordinationDirectory, 'tasks', 'd.json'))
    await setTimeout(A_TICK_MS)
    for (let round = 0; round < 3; round++) {
      const push = pretendPush(repo, { refused: ['t1.json'] })
      expect(push.sent).toEqual(round === 0 ? ['t0.json', 't1.json', 't2.json'] : ['t1.json'])
      expect(push.ignored.map(({ reason }) => reason)).toEqual(['is no regular file'])
    }
    place(repo, { 'tasks/broken.json': '{}' })
    expect(pretendPush(repo).sent).toEqual(['broken.json', 't1.json'])
  })

  it('looks at files that are named alone, and finds the others at the next look', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(5))
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    place(repo, { 'tasks/told.json': {}, 'tasks/untold.json': {}, 'tasks/.hidden.json': {}, 'tasks/other.txt': {} })
    await setTimeout(A_TICK_MS)
    const only = new Set(['told.json', 'gone.json', '.hidden.json', 'other.txt', 't1.json'])
    const told = ['.hidden.json', 'told.json']
    expect(pretendPush(repo, { only })).toEqual({ sent: told, held: ['t1.json'], known: 0, ignored: [] })
    expect(pretendPush(repo)).toEqual({ sent: ['untold.json'], held: [], known: 7, ignored: [] })
    expect(pretendPush(repo)).toMatchObject({ sent: [], known: 8 })
  })

  it('does not reach through a linked directory for files that are named', () => {
    const repo = temporaryRepo()
    const elsewhere = temporaryDirectory()
    fs.writeFileSync(path.join(elsewhere, 'a.json'), '{}')
    fs.symlinkSync(elsewhere, path.join(repo.coordinationDirectory, 'tasks'))
    expect(pretendPush(repo, { only: new Set(['a.json']) })).toMatchObject({
      sent: [],
      ignored: [{ reason: expect.stringContaining('symbolic link') }],
    })
  })

  it('names a linked directory each time', async () => {
    const repo = temporaryRepo()
    const elsewhere = temporaryDirectory()
    fs.writeFileSync(path.join(elsewhere, 'secret.json'), '{}')
    fs.symlinkSync(elsewhere, path.join(repo.coordinationDirectory, 'tasks'))
    await setTimeout(A_TICK_MS)
    for (let round = 0; round < 3; round++) {
      expect(pretendPush(repo)).toMatchObject({
        sent: [],
        ignored: [{ reason: expect.stringContaining('symbolic link') }],
      })
    }
  })

  it('sends everything again on request', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(3))
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    expect(pretendPush(repo, { everyContent: true }).sent).toHaveLength(3)
    expect(pretendPush(repo)).toMatchObject({ sent: [], known: 3 })
  })

  it('notices in a bounded number of looks that one of many files was rewritten in place', async () => {
    const repo = temporaryRepo()
    const long = 'x'.repeat(90)
    const files = place(
      repo,
      Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`tasks/${long}${i}.json`, { i }])),
    )
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo).sent).toHaveLength(4000)
    expect(pretendPush(repo).sent).toEqual([])
    const looks = Math.ceil(4000 / 128)
    expect(looks).toBeGreaterThan(2)
    for (const index of [0, 1717, 3999]) {
      fs.writeFileSync(files[index] as string, '{"i":"another"}')
      const found: string[] = []
      for (let look = 0; look <= looks; look++) found.push(...pretendPush(repo).sent)
      expect(found).toEqual([path.basename(files[index] as string)])
    }
  })

  it('looks through everything again after a look that was not finished', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(5))
    await setTimeout(A_TICK_MS)
    const files = SyncState.open(repo, SPACE).sent(TASK)
    for (const file of files.candidates({ everyFile: false, everyContent: false })) {
      files.record([{ file, recordId: 'x', hash: 'x'.repeat(22) }])
      break
    }
    files.finish()
    expect(pretendPush(repo).sent).toEqual(['t1.json', 't2.json', 't3.json', 't4.json'])
  })

  it('forgets files that are gone once there are many more of them than of others', async () => {
    const repo = temporaryRepo()
    place(repo, tasks(1500))
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    for (let index = 1; index < 1500; index++) fs.rmSync(path.join(repo.coordinationDirectory, `tasks/t${index}.json`))
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: [], known: 1 })
    place(repo, tasks(2))
    expect(pretendPush(repo)).toMatchObject({ sent: ['t1.json'] })
  })

  it('remembers files whatever they are called', async () => {
    const repo = temporaryRepo()
    const names = ['%41.json', 'a\tb.json', 'a\nb.json', 'ü.json', '=x.json', ' .json', '__proto__.json', 'A.json']
    place(repo, Object.fromEntries(names.map((name) => [`tasks/${name}`, { id: 'one' }])))
    await setTimeout(A_TICK_MS)
    expect(pretendPush(repo, { refused: ['a\tb.json', '%41.json'] }).sent.sort()).toEqual([...names].sort())
    expect(pretendPush(repo).sent.sort()).toEqual(['%41.json', 'a\tb.json'])
    expect(pretendPush(repo)).toMatchObject({ sent: [], held: [], known: names.length })
  })

  it('sends again, and never less than what is new, when the index is cut off anywhere', async () => {
    const repo = temporaryRepo()
    const files = place(repo, tasks(6))
    await setTimeout(A_TICK_MS)
    pretendPush(repo)
    fs.writeFileSync(files[2] as string, '{"title":"changed"}')
    StoreIndex.of(repo).close()
    const whole = fs.readFileSync(indexOf(repo))
    for (let length = 1021; length <= whole.length; length += 4001) {
      fs.writeFileSync(indexOf(repo), whole.subarray(0, length))
      // Another process, to which nothing is known.
      const other = repoAt(repo.root)
      expect(pretendPush(other).sent).toContain('t2.json')
      await setTimeout(A_TICK_MS)
      pretendPush(other)
      expect(pretendPush(other, { everyFile: true }).sent).toEqual([])
      StoreIndex.of(other).close()
    }
  })
})
