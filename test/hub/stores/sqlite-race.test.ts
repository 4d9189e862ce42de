import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loadSqlite } from '../../../src/files/load-sqlite.js'
import { openStore } from '../../../src/hub/stores/open-store.js'
import { runRace, type Sighting, STORE_WRITER } from './race.js'

const directory = mkdtempSync(join(tmpdir(), 'muse-coord-race-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('8 writers through 2 processes on one SQLite file, one reader that polls', () => {
  it.each([
    { size: 3, pushes: 60 },
    { size: 200, pushes: 6 },
  ])(
    'loses nothing and shows nothing out of order with pushes of $size',
    async ({ size, pushes }) => {
      const spec = join(directory, `store-${size}`)
      const store = await openStore(spec)
      const space = await store.createSpace('ada', 'engine')
      const result = await runRace({
        spec,
        writer: STORE_WRITER,
        size,
        pushes,
        async read(sinceId) {
          const { records, lastId, hasMore } = await store.since(space, { sinceId, limit: 1000, kinds: [] })
          const found = records.map(({ id, recordId }) => ({ id, name: recordId }))
          return { found, cursor: hasMore ? (found.at(-1)?.id ?? sinceId) : lastId }
        },
      })
      await store.close()
      expect(result).toMatchObject({ written: 8 * pushes * size, missed: 0, outOfOrder: 0 })
      expect(result.polls).toBeGreaterThan(10)
    },
    60_000,
  )
})

// What the store must not be: the number is taken first and the row written later, as databases with sequences do.
const NAIVE_WRITER = `
import { loadSqlite } from 'src/files/load-sqlite.js'
import { setTimeout as sleep } from 'node:timers/promises'
const order = JSON.parse(process.argv[2])
const database = loadSqlite()(order.spec)
database.exec('PRAGMA busy_timeout = 15000; PRAGMA synchronous = OFF')
const take = database.prepare('UPDATE sequence SET last = last + ? RETURNING last')
const add = database.prepare('INSERT INTO rows (id, name) VALUES (?, ?)')
await write(order, async (names) => {
  const last = Number(take.get(names.length).last)
  await sleep(Math.random() * 10)
  database.exec('BEGIN IMMEDIATE')
  names.forEach((name, index) => add.run(last - names.length + 1 + index, name))
  database.exec('COMMIT')
})
database.close()
console.log('true')
`

describe('the same race with ids from a sequence, as the control', () => {
  let spec: string
  beforeAll(async () => {
    mkdirSync(join(directory, 'naive'))
    spec = join(directory, 'naive', 'rows.sqlite')
    const database = loadSqlite()(spec)
    database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE sequence (last INTEGER); INSERT INTO sequence VALUES (0);
      CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT)`)
    database.close()
  })

  it('loses records, so the race can be lost', async () => {
    const database = loadSqlite()(spec)
    database.exec('PRAGMA busy_timeout = 15000')
    const since = database.prepare('SELECT id, name FROM rows WHERE id > ? ORDER BY id LIMIT 1000')
    const result = await runRace({
      spec,
      writer: NAIVE_WRITER,
      size: 3,
      pushes: 60,
      async read(cursor) {
        const found = since.all(cursor) as Sighting[]
        return { found, cursor: found.at(-1)?.id ?? cursor }
      },
    })
    database.close()
    expect(result.missed).toBeGreaterThan(0)
  }, 60_000)
})
