import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withRemoteLock } from '../../src/workspace/remote-lock.js'
import { type Repo, repoAt } from '../../src/workspace/repo.js'
import { SyncState } from '../../src/workspace/state/sync-state.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { pretendPush, SPACE, TASK } from './pretend-push.js'
import { codeOf, everythingIn, place, temporaryRepo } from './temporary-repo.js'

const cursors = (values: Record<string, number>) => new Map(Object.entries(values))

function stateFile(repo: Repo): string {
  return path.join(SyncState.open(repo, SPACE).folder.path, 'state.json')
}

describe('SyncState', () => {
  it('keeps a cursor for each kind, for each hub and space', () => {
    const repo = temporaryRepo()
    SyncState.open(repo, SPACE).saveCursors(cursors({ task: 7, constructor: 3 }), 'e1')
    const state = SyncState.open(repo, SPACE)
    expect([state.epoch, state.cursor('task'), state.cursor('constructor')]).toEqual(['e1', 7, 3])
    expect([state.cursor('claim'), state.cursor('toString'), state.cursor('__proto__')]).toEqual([0, 0, 0])
    for (const other of [{ hub: 'http://127.0.0.1:1338' }, { owner: 'else' }, { slug: 'else' }]) {
      expect(SyncState.open(repo, { ...SPACE, ...other })).toMatchObject({ epoch: null })
    }
  })

  it('never moves a cursor back, whatever older processes save', () => {
    const repo = temporaryRepo()
    const older = SyncState.open(repo, SPACE)
    SyncState.open(repo, SPACE).saveCursors(cursors({ task: 9, claim: 2 }), 'e1')
    older.saveCursors(cursors({ task: 4, intent: 4 }), 'e1')
    const state = SyncState.open(repo, SPACE)
    expect([state.cursor('task'), state.cursor('claim'), state.cursor('intent')]).toEqual([9, 2, 4])
  })

  it('keeps everything to its owner', async () => {
    const repo = temporaryRepo()
    const before = process.umask(0)
    try {
      place(repo, { 'tasks/a.json': {} })
      pretendPush(repo)
    } finally {
      process.umask(before)
    }
    const { folder } = SyncState.open(repo, SPACE)
    const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)
    expect([mode(repo.sync.path), mode(folder.path)]).toEqual(['700', '700'])
    expect(everythingIn(folder.path).map((name) => `${name} ${mode(path.join(folder.path, name))}`)).toEqual([
      'scan-time 600',
      'state.json 600',
    ])
  })

  it('shuts nobody out of the directory around it, which the first pull of a machine makes', async () => {
    const repo = repoAt(temporaryDirectory())
    fs.mkdirSync(repo.muse.path)
    const before = process.umask(0o022)
    try {
      await withRemoteLock(repo, () => repo.coordination.write('remote/task/t1.json', '{}'))
    } finally {
      process.umask(before)
    }
    const modeOf = ({ path }: { path: string }) => (fs.statSync(path).mode & 0o777).toString(8)
    expect([repo.coordination, repo.sync, repo.coordination.in('remote/task')].map(modeOf)).toEqual([
      '755',
      '700',
      '755',
    ])
  })

  it('forgets what it knows of a hub that was replaced', async () => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {}, 'tasks/b.json': {} })
    await setTimeout(20)
    pretendPush(repo)
    const state = SyncState.open(repo, SPACE)
    state.saveCursors(cursors({ task: 9 }), 'e1')
    expect(state.meetHub('e1', 12)).toBe(true)
    expect(state.meetHub('e2', 40)).toBe(false)
    expect(state.meetHub('e2', 41)).toBe(true)
    expect(state.cursor('task')).toBe(0)
    expect(SyncState.open(repo, SPACE)).toMatchObject({ epoch: 'e2' })
    expect(pretendPush(repo).sent).toEqual(['a.json', 'b.json'])
    expect(pretendPush(repo).sent).toEqual([])
  })

  it('takes a hub that ends before what was seen of it for a restored one', () => {
    const repo = temporaryRepo()
    SyncState.open(repo, SPACE).saveCursors(cursors({ task: 30 }), 'e1')
    expect(SyncState.open(repo, SPACE).meetHub('e1', 29)).toBe(false)
    expect(SyncState.open(repo, SPACE).cursor('task')).toBe(0)
    expect(SyncState.open(repo, SPACE).meetHub('e1', 29)).toBe(true)
  })

  it('is not misled by answers that overtake each other, in one run or between two', () => {
    const repo = temporaryRepo()
    const one = SyncState.open(repo, SPACE)
    const other = SyncState.open(repo, SPACE)
    expect(one.meetHub('e1', 1000)).toBe(true)
    expect(one.meetHub('e1', 500)).toBe(true)
    expect(other.meetHub('e1', 200)).toBe(true)
    expect(SyncState.open(repo, SPACE).meetHub('e1', 999)).toBe(false)
  })

  it('works with hubs that tell neither epoch nor end', () => {
    const repo = temporaryRepo()
    const state = SyncState.open(repo, SPACE)
    expect(state.meetHub(undefined, undefined)).toBe(true)
    state.saveCursors(cursors({ task: 5 }), undefined)
    expect(SyncState.open(repo, SPACE).meetHub(undefined, undefined)).toBe(true)
    expect(SyncState.open(repo, SPACE)).toMatchObject({ epoch: null })
    expect(SyncState.open(repo, SPACE).cursor('task')).toBe(5)
  })

  it('leaves alone what another process began anew', async () => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {}, 'tasks/b.json': {} })
    await setTimeout(20)
    pretendPush(repo)
    const asleep = SyncState.open(repo, SPACE)
    SyncState.open(repo, SPACE).forget()
    pretendPush(repo)
    asleep.saveCursors(cursors({ task: 50 }), 'e1')
    pretendPush(repo, { state: asleep })
    expect(SyncState.open(repo, SPACE).cursor('task')).toBe(0)
    asleep.forget()
    expect(asleep.cursor('task')).toBe(0)
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"schema_version":"2"}',
    '{"schema_version":"1","hub":"http://127.0.0.1:1337","owner":"gabriel","slug":"myrepo","generation":"../x","epoch":null,"last_id":0,"cursors":{}}',
    '{"schema_version":"1","hub":"http://127.0.0.1:1337","owner":"gabriel","slug":"myrepo","generation":"0123456789abcdef","epoch":1,"last_id":0,"cursors":{}}',
    '{"schema_version":"1","hub":"http://127.0.0.1:1337","owner":"gabriel","slug":"myrepo","generation":"0123456789abcdef","epoch":null,"last_id":0,"cursors":{"task":-1}}',
    '{"schema_version":"1","hub":"http://127.0.0.1:1337","owner":"gabriel","slug":"myrepo","generation":"0123456789abcdef","epoch":null,"last_id":0,"cursors":{"task":"9"}}',
    '{"schema_version":"1","hub":"http://elsewhere","owner":"gabriel","slug":"myrepo","generation":"0123456789abcdef","epoch":null,"last_id":0,"cursors":{"task":9}}',
  ])('treats a damaged state as absent: %s', (content) => {
    const repo = temporaryRepo()
    SyncState.open(repo, SPACE).saveCursors(cursors({ task: 9 }), 'e1')
    fs.writeFileSync(stateFile(repo), content)
    const state = SyncState.open(repo, SPACE)
    expect([state.epoch, state.cursor('task')]).toEqual([null, 0])
    state.saveCursors(cursors({ task: 3 }), 'e2')
    expect(SyncState.open(repo, SPACE).cursor('task')).toBe(3)
  })

  it('loses nothing but time when all of it is deleted, also in the middle of a run', async () => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {} })
    await setTimeout(20)
    const state = SyncState.open(repo, SPACE)
    pretendPush(repo, { state })
    fs.rmSync(path.dirname(state.folder.path), { recursive: true })
    state.saveCursors(cursors({ task: 2 }), 'e1')
    pretendPush(repo, { state })
    expect(SyncState.open(repo, SPACE).cursor('task')).toBe(2)
    fs.rmSync(path.dirname(state.folder.path), { recursive: true })
    expect(pretendPush(repo).sent).toEqual(['a.json'])
  })

  it.each(['', '/..', '/state.json', '/scan-time'])('refuses a link at .sync/<space>%s', (name) => {
    const repo = temporaryRepo()
    place(repo, { 'tasks/a.json': {} })
    const target = temporaryDirectory()
    const { folder } = SyncState.open(repo, SPACE)
    pretendPush(repo)
    const link = path.join(folder.path, name)
    fs.rmSync(link, { recursive: true })
    fs.symlinkSync(name.includes('.') || name === '' ? target : path.join(target, 'new'), link)
    place(repo, { 'tasks/b.json': {} })
    expect(codeOf(() => pretendPush(repo))).toBe('LINK_REFUSED')
    expect(everythingIn(target)).toEqual([])
  })
})

describe('SyncState with several processes', () => {
  let child: ChildModule

  beforeAll(async () => {
    const here = path.dirname(new URL(import.meta.url).pathname)
    child = await childModule(`
      import fs from 'node:fs'
      import { pretendPush, SPACE } from '${here}/pretend-push.js'
      import { repoAt } from 'src/workspace/repo.js'
      import { SyncState } from 'src/workspace/state/sync-state.js'
      const [task, root, name = ''] = process.argv.slice(2)
      const repo = repoAt(root)
      const answer = (value) => process.stdout.write(JSON.stringify(value))
      if (task === 'cursors') {
        for (let i = 1; i <= 100; i++) SyncState.open(repo, SPACE).saveCursors(new Map([[name, i], ['shared', i]]), 'e1')
        answer(true)
      }
      if (task === 'push') answer(pretendPush(repo))
      if (task === 'push-for-ever') {
        const state = SyncState.open(repo, SPACE)
        const files = state.sent({ name: 'task', directory: 'tasks' })
        let count = 0
        for (const file of files.candidates({ everyFile: false, everyContent: false })) {
          files.record([{ file, recordId: file.name.slice(0, -5), hash: 'h'.repeat(22) }])
          if (count++ === 0) fs.writeSync(1, 'recording')
        }
        files.finish()
      }
      if (task === 'overfill') {
        const state = SyncState.open(repo, SPACE)
        let failure = null
        try { pretendPush(repo, { state }) } catch (error) { failure = error.code }
        answer(failure)
      }
    `)
  })

  afterAll(() => child.remove())

  it('keeps the furthest of all cursors that are saved at once', async () => {
    const repo = temporaryRepo()
    await Promise.all(['a', 'b', 'c'].map((name) => child.run({ args: ['cursors', repo.root, name] })))
    expect(SyncState.open(repo, SPACE).cursor('shared')).toBe(100)
    expect(everythingIn(path.dirname(stateFile(repo)))).toEqual(['state.json'])
  })

  it('sends every file at least once when two begin at the same moment', async () => {
    const repo = temporaryRepo()
    place(repo, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tasks/t${i}.json`, { i }])))
    await setTimeout(20)
    const pushes = await Promise.all([0, 1, 2].map(() => child.run<{ sent: string[] }>({ args: ['push', repo.root] })))
    expect(new Set(pushes.flatMap(({ sent }) => sent)).size).toBe(300)
    const last = pretendPush(repo)
    expect(last.known + last.sent.length + last.held.length).toBe(300)
    expect(pretendPush(repo)).toMatchObject({ sent: [], known: 300 })
  })

  it('knows what was acknowledged before a kill, and nothing that was not', async () => {
    const repo = temporaryRepo()
    const count = 3000
    place(repo, Object.fromEntries(Array.from({ length: count }, (_, i) => [`tasks/t${i}.json`, { i }])))
    await setTimeout(20)
    let known = 0
    for (let round = 0; round < 4; round++) {
      const process = child.start({ args: ['push-for-ever', repo.root] })
      const ended = new Promise((resolve) => process.on('close', resolve))
      await Promise.race([ended, new Promise((resolve) => process.stdout.once('data', resolve))])
      await setTimeout(15)
      process.kill('SIGKILL')
      await ended
      const files = SyncState.open(repo, SPACE).sent(TASK)
      const candidates = [...files.candidates({ everyFile: false, everyContent: false })]
      expect(files.knownCount + candidates.length).toBe(count)
      expect(files.knownCount).toBeGreaterThanOrEqual(known)
      known = files.knownCount
    }
    expect(known).toBeGreaterThan(0)
  })

  it('sends again what could not be remembered, and remembers it when it can', async () => {
    const repo = temporaryRepo()
    place(repo, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`tasks/t${i}.json`, { i }])))
    await setTimeout(20)
    expect(await child.run({ args: ['overfill', repo.root], shell: 'ulimit -f 8;' })).toBeNull()
    const { sent, known } = pretendPush(repo)
    expect(sent.length + known).toBe(500)
    expect(sent.length).toBeGreaterThan(0)
    expect(pretendPush(repo)).toMatchObject({ sent: [], known: 500 })
  })
})
