import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { systemClock } from '../../src/base/clock.js'
import { loadSqlite } from '../../src/files/load-sqlite.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { HubClient } from '../../src/hub-client/hub-client.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { cleanUp } from '../support/clean-up.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { sentRecord } from './records.js'

const PAYLOAD_CHARACTERS = 250_000
/** More than one part of a page, and less than a page. */
const RECORDS = 3

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.remove())

/** Runs one statement in the database of a store, as somebody beside the hub. */
type Meddle = (sql: string) => Promise<unknown>

async function sqlite(): Promise<[Store, Meddle]> {
  const directory = temporaryDirectory()
  const store = await openStore(directory)
  const database = loadSqlite()(join(directory, 'hub.sqlite'))
  cleanUp(async () => {
    database.close()
    await store.close()
  })
  return [store, async (sql) => database.prepare(sql).all()]
}

async function postgres(): Promise<[Store, Meddle]> {
  const url = server.url('broken')
  const store = await openStore(url)
  const address = new URL(url)
  const schema = address.searchParams.get('schema')
  address.searchParams.delete('schema')
  const client = new pg.Client(address.href)
  await client.connect()
  await client.query(`SET search_path TO "${schema}"`)
  cleanUp(async () => {
    await client.end()
    await store.close()
  })
  return [store, (sql) => client.query(sql)]
}

describe('a store that fails in the middle of a page', () => {
  it.each([
    ['SQLite', sqlite],
    ['PostgreSQL', postgres],
  ] as const)(
    'on %s gives its reader an error, and never a part for the whole',
    async (_, open) => {
      const [store, meddle] = await open()
      let broken = 0
      // Between two parts the table is gone, in the database itself.
      const failing = new Proxy(store, {
        get(target, name) {
          const value = Reflect.get(target, name)
          if (name !== 'since') return typeof value === 'function' ? value.bind(target) : value
          return async (...[space, query]: Parameters<Store['since']>) => {
            if (broken === 0 || query.sinceId === 0) return target.since(space, query)
            broken++
            await meddle('ALTER TABLE records RENAME TO gone')
            return target.since(space, query).finally(() => meddle('ALTER TABLE gone RENAME TO records'))
          }
        },
      })
      const hub = await startHub({ store: failing })
      cleanUp(() => hub.close())
      const ada = await hub.register('ada')
      const records = Array.from({ length: RECORDS }, (_, n) =>
        sentRecord(`t${n}`, { kind: 'task', payload: { text: 'x'.repeat(PAYLOAD_CHARACTERS) } }),
      )
      const { status } = await ada.fetch('/ada/a/coord/push', { method: 'POST', body: { records } })
      expect(status).toBe(200)
      const client = new HubClient({
        hub: parseHubUrl(hub.url),
        signer: { handle: 'ada', privateKey: ada.privateKey },
        clock: systemClock,
      })
      const pull = () => client.pull('ada', 'a', { sinceId: 0, limit: 1000, kinds: [] })

      broken = 1
      const answer = await ada.fetch('/ada/a/coord/pull?limit=1000')
      await expect(answer.text()).rejects.toThrow()
      expect(broken).toBe(2)
      await expect(pull()).rejects.toMatchObject({ code: expect.stringMatching(/^hub_/i) })
      expect(broken).toBeGreaterThan(2)

      broken = 0
      expect(await pull()).toMatchObject({ records: { length: RECORDS }, hasMore: false })
    },
    60_000,
  )
})
