import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { loadSqlite, type SqliteDatabase, type SqliteOpener } from '../../../src/files/load-sqlite.js'
import { openStore } from '../../../src/hub/stores/open-store.js'
import type { IncomingRecord } from '../../../src/hub/stores/record-store.js'
import type { Space } from '../../../src/hub/stores/space-directory.js'
import { openSqlite } from '../../../src/hub/stores/sqlite/open.js'
import type { Store } from '../../../src/hub/stores/store.js'
import { type ChildModule, childModule } from '../../support/child-module.js'
import { cleanUp } from '../../support/clean-up.js'

const root = mkdtempSync(join(tmpdir(), 'muse-coord-sqlite-'))
afterAll(() => rmSync(root, { recursive: true }))

let openDatabase: SqliteOpener
beforeAll(async () => {
  openDatabase = loadSqlite()
})

let places = 0
let directory: string
beforeEach(() => {
  directory = join(root, `place${++places}`)
})

async function open(): Promise<Store> {
  const store = await openStore(directory)
  cleanUp(() => store.close())
  return store
}

/** The file as anybody finds it who opens it without this program. */
function raw(): SqliteDatabase {
  const database = openDatabase(join(directory, 'hub.sqlite'))
  cleanUp(() => database.close())
  return database
}

function note(recordId: string, payloadJson = '{}'): IncomingRecord {
  return { kind: 'note', recordId, runId: 'run', payloadJson, expiresAt: null }
}

async function push(store: Store, ...records: IncomingRecord[]): Promise<number> {
  const space = await store.createSpace('ada', 'engine')
  const { cursor } = await store.push(space, { author: 'ada', records, rules: new Map() })
  return cursor
}

async function names(store: Store): Promise<string[]> {
  const space = (await store.findSpace('ada', 'engine')) as Space
  const { records } = await store.since(space, { sinceId: 0, limit: 1000, kinds: [] })
  return records.map(({ recordId }) => recordId)
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('a SQLite store whose clock is set back', () => {
  it('goes on from the time of its last record, so that what had lapsed stays so', async () => {
    let now = Date.parse('2026-03-18T12:00:00Z')
    const store = await openStore(directory, { now: () => now })
    cleanUp(() => store.close())
    const space = await store.createSpace('ada', 'engine')
    const rules = new Map([['claim', 'lease'] as const])
    const claim = (runId: string, expiresAt: string) =>
      store.push(space, { author: 'ada', records: [{ ...note('t'), kind: 'claim', runId, expiresAt }], rules })
    await claim('run-1', '2026-03-18T12:00:10Z')
    now += 10_000
    expect((await claim('run-2', '2026-03-18T12:05:00Z')).leases).toMatchObject([{ token: 2 }])
    now -= 60_000
    const late = await claim('run-1', '2026-03-18T12:00:10Z')
    expect([late.now, late.leases]).toEqual(['2026-03-18T12:00:10.000Z', []])
  })
})

describe('what a SQLite store has acknowledged', () => {
  it('is on the disk: each commit of its connection waits for the write-ahead log', async () => {
    const database = await openSqlite(join(directory, 'hub.sqlite'))
    cleanUp(() => database.close())
    const FULL = 2
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: FULL })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  })
})

describe('the file of a SQLite store', () => {
  it('is made with its directory, both for this user alone', async () => {
    await push(await open(), note('x'))
    expect(mode(directory)).toBe('700')
    for (const name of ['hub.sqlite', 'hub.sqlite-wal', 'hub.sqlite-shm']) {
      expect([name, mode(join(directory, name))]).toEqual([name, '600'])
    }
  })

  it('is closed to others when it was left open to them', async () => {
    await (await open()).close()
    chmodSync(join(directory, 'hub.sqlite'), 0o644)
    await open()
    expect(mode(join(directory, 'hub.sqlite'))).toBe('600')
  })

  it('goes on when it was made before registers had revisions', async () => {
    const old = await open()
    await push(old, note('x'))
    const before = await old.usage('ada')
    expect(before).toMatchObject({ spaces: 1, records: 1 })
    await old.close()
    const later = ['owner', 'slug', 'role', 'uses', 'device'].map(
      (column) => `ALTER TABLE invites DROP COLUMN ${column};`,
    )
    raw().exec(
      `ALTER TABLE records DROP COLUMN revision; DROP TABLE used_signatures; DROP TABLE acts; DROP INDEX identities_by_skeleton; ALTER TABLE identities DROP COLUMN skeleton; DROP TABLE usage; DROP TABLE devices; DROP TABLE positions; ${later.join(' ')} PRAGMA user_version = 1`,
    )
    raw().exec(`INSERT INTO identities VALUES ('b0b', 'f1', 'k1', 'human'), ('bob', 'f2', 'k2', 'human')`)
    const store = await open()
    expect(await store.usage('ada')).toEqual(before)
    // What looks alike already stays, and no third comes to it.
    expect(await store.findIdentity('bob')).toMatchObject({ fingerprint: 'f2' })
    expect(await store.findAlike('BOB')).toBe('b0b')
    expect(await store.register({ handle: 'BOB', fingerprint: 'f3', publicKey: 'k3', type: 'human' })).toBe(false)
    const space = (await store.findSpace('ada', 'engine')) as Space
    // Who reads from now on knows where the space was, although nothing has come since.
    expect(await store.since(space, { sinceId: 1, limit: 10, kinds: [] })).toMatchObject({ position: { id: 1 } })
    const rules = new Map([['beat', 'latest'] as const])
    const beat = { ...note('run'), kind: 'beat', revision: 3, after: null }
    expect((await store.push(space, { author: 'ada', records: [note('x'), beat], rules })).skipped).toBe(1)
    const { records } = await store.since(space, { sinceId: 0, limit: 10, kinds: [] })
    expect(records.map(({ recordId, revision }) => [recordId, revision])).toEqual([
      ['x', null],
      ['run', 3],
    ])
  })

  it('is refused when its schema is newer than the program', async () => {
    await (await open()).close()
    raw().exec('PRAGMA user_version = 99')
    await expect(open()).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining('99') })
  })

  it('is refused, and left as it is, when it is the database of another program', async () => {
    mkdirSync(directory)
    const other = raw()
    other.exec('CREATE TABLE songs (title TEXT)')
    await expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('another') })
    expect(other.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1)
  })

  it('is refused when it is no database', async () => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'hub.sqlite'), 'Dear diary, '.repeat(1000))
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('not a database'),
    })
  })

  it('is refused, and left as it is, when it is a directory', async () => {
    mkdirSync(join(directory, 'hub.sqlite'), { recursive: true, mode: 0o755 })
    await expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(mode(join(directory, 'hub.sqlite'))).toBe('755')
  })

  it('is asked for in a place where none can be made', async () => {
    writeFileSync(directory, '')
    await expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(directory) })
  })

  it('says what addresses there are for one that it does not know', async () => {
    await expect(openStore('mysql://root:secret@host/db')).rejects.toMatchObject({
      code: 'STORE_UNKNOWN',
      message: 'There is no store for addresses like "mysql://…".',
    })
  })

  it('is said not to work, whatever is asked for, once it is closed', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'engine')
    await push(store, note('x'))
    await store.close()
    const asked = [
      () => store.since(space, { sinceId: 0, limit: 1, kinds: [] }),
      () => store.stats?.(space, 0),
      () => store.sweep?.(space, []),
      () => store.role(space, 'ada'),
      () => store.positions?.judge(space, []),
      () => store.listen?.({ changed: () => undefined, gap: () => undefined }),
      () => store.ping(),
    ]
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('uses the write-ahead log', async () => {
    await open()
    expect(raw().prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
  })
})

/** What a kernel that shows them says of the locks of this process on a file. */
const LOCKS = '/proc/locks'
const itWhereLocksAreSeen = existsSync(LOCKS) ? it : it.skip

describe('the lock on a file that is open', () => {
  // SQLite before 3.51 takes a file without it for left, and removes its log: what is acknowledged from then on is lost.
  itWhereLocksAreSeen('stays whatever else this process opens and closes of the same store', async () => {
    const store = await open()
    await push(store, note('x'))
    const { ino } = statSync(join(directory, 'hub.sqlite'))
    const isLocked = () => {
      // Other processes change the list while it is read, so that a line may be passed over.
      for (let look = 0; look < 200; look++) {
        const lines = readFileSync(LOCKS, 'utf8').split('\n')
        if (lines.some((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `))) return true
      }
      return false
    }
    expect(isLocked()).toBe(true)
    await store.archive?.spaces()
    await store.backUp?.(join(directory, 'copy'))
    await (await openStore(directory)).close()
    expect(isLocked()).toBe(true)
  })
})

describe('a file that is gone while its store is open', () => {
  const file = () => join(directory, 'hub.sqlite')
  it.each<[string, () => void]>([
    ['deleted', () => rmSync(file())],
    ['deleted with its directory', () => rmSync(directory, { recursive: true })],
    ['deleted but for what it holds', () => rmSync(`${file()}-wal`)],
    [
      'replaced by an older copy',
      () => {
        copyFileSync(file(), `${file()}.copy`)
        renameSync(`${file()}.copy`, file())
      },
    ],
  ])('%s: acknowledges nothing more', async (_, take) => {
    const store = await open()
    await push(store, note('one'))
    await expect(store.ping()).resolves.toBeUndefined()
    take()
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(push(store, note('two'))).rejects.toThrow(/was (deleted|replaced) while it was open/)
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})

describe('a file that cannot be looked for while its store is open', () => {
  it('is told as the fault of the store that it is', async () => {
    const store = await open()
    await push(store, note('one'))
    const elsewhere = `${directory}.moved`
    renameSync(directory, elsewhere)
    symlinkSync(directory, directory)
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(push(store, note('two'))).rejects.toThrow(/ELOOP/)
    rmSync(directory)
  })
})

describe('a store that can be read and not be written', () => {
  it('does not say that it answers, from the first write that failed to the first that can be done again', async () => {
    const store = await open()
    await push(store, note('one'))
    const refuse = `BEGIN SELECT RAISE(ABORT, 'no room'); END;`
    raw().exec(`CREATE TRIGGER a BEFORE INSERT ON records ${refuse} CREATE TRIGGER b BEFORE UPDATE ON meta ${refuse}`)
    await expect(push(store, note('two'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    raw().exec('DROP TRIGGER a; DROP TRIGGER b')
    await expect(store.ping()).resolves.toBeUndefined()
    expect(await push(store, note('two'))).toBe(2)
  })
})

describe('a store that has refused what was wrong with it', () => {
  it('answers all the same', async () => {
    const store = await open()
    const nowhere = { id: 9, owner: 'ada', slug: 'none', visibility: 'private' } as const
    const records = [note('x')]
    await expect(store.push(nowhere, { author: 'ada', records, rules: new Map() })).rejects.toThrow('space 9')
    await expect(store.ping()).resolves.toBeUndefined()
  })
})

describe('a lock that another program has', () => {
  it('is waited for, while readers go on', async () => {
    const store = await open()
    await push(store, note('x'))
    const other = raw()
    other.exec('BEGIN IMMEDIATE')
    let pushed = false
    const waiting = push(store, note('y')).then(() => {
      pushed = true
    })
    const before = performance.eventLoopUtilization()
    for (let reads = 0; reads < 60; reads++) {
      expect(await names(store)).toEqual(['x'])
      await sleep(5)
    }
    // Who waits sleeps: nobody else is kept waiting with it.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.6)
    expect(pushed).toBe(false)
    other.exec('COMMIT')
    await waiting
    expect(await names(store)).toEqual(['x', 'y'])
  })
})

describe('a read of the process that writes', () => {
  it('comes to stand before a transaction or behind it, at whatever moment it is asked for', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'engine')
    // Each fills a transaction.
    const pushes = Array.from({ length: 5 }, (_, number) => {
      const records = Array.from({ length: 900 }, (_, index) => note(`n${number}-${index}`))
      return store.push(space, { author: 'ada', records, rules: new Map() })
    })
    await pushes[0]
    const read: number[] = []
    for (let moment = 0; moment < 100; moment++) {
      read.push((await store.since(space, { sinceId: 0, limit: 0, kinds: [] })).lastId)
    }
    expect(read).toEqual([...read].sort((one, other) => one - other))
    expect(read.every((lastId) => lastId % 900 === 0)).toBe(true)
    await Promise.all(pushes)
  })
})

describe('processes', () => {
  let opener: ChildModule
  let pusher: ChildModule
  beforeAll(async () => {
    opener = await childModule(`
      import { openStore } from 'src/hub/stores/open-store.js'
      const store = await openStore(process.argv[2])
      const space = await store.createSpace('ada', 'engine')
      console.log(JSON.stringify([store.epoch, space.id]))
      await store.close()
    `)
    pusher = await childModule(`
      import { openStore } from 'src/hub/stores/open-store.js'
      const [directory, size] = process.argv.slice(2)
      const store = await openStore(directory)
      const space = await store.createSpace('ada', 'engine')
      for (let n = 0; ; n++) {
        const record = { kind: 'note', recordId: 'n' + n, runId: 'run', payloadJson: JSON.stringify({ text: 'x'.repeat(size) }), expiresAt: null }
        try {
          await store.push(space, { author: 'ada', records: [record], rules: new Map() })
        } catch (error) {
          const page = await store.since(space, { sinceId: 0, limit: 1000, kinds: [] })
          console.log(JSON.stringify({ code: error.code, message: error.message, acknowledged: n, found: page.records.length }))
          process.exit()
        }
        if (size < 1000) console.log('n' + n)
      }
    `)
  })
  afterAll(() => {
    opener.remove()
    pusher.remove()
  })

  it('that open a new place at the same moment make one store', async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, () => opener.run<unknown>({ args: [directory] })))
    expect(new Set(opened.map((one) => JSON.stringify(one))).size).toBe(1)
  })

  it('that are killed lose nothing of what they acknowledged', async () => {
    const child = pusher.start({ args: [directory, '10'] })
    const acknowledged: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line)
      if (acknowledged.length === 100) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const store = await open()
    const found = await names(store)
    expect(found).toEqual(expect.arrayContaining(acknowledged))
    expect(found.length - acknowledged.length).toBeLessThanOrEqual(1)
    expect(await push(store, note('next'))).toBe(found.length + 1)
  })

  it('that find the disk full keep what they acknowledged, say so and go on reading', async () => {
    const answer = await pusher.run<Record<string, unknown>>({ args: [directory, '100000'], shell: 'ulimit -f 6000;' })
    expect(answer).toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(directory) })
    expect(answer.acknowledged).toBeGreaterThan(10)
    expect(answer.found).toBe(answer.acknowledged)
    const store = await open()
    expect(await names(store)).toHaveLength(answer.acknowledged as number)
    await push(store, note('with room again'))
  })
})
