import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { openStore } from '../../../src/hub/stores/open-store.js'
import type { IncomingRecord, StorePush, StoreRecord } from '../../../src/hub/stores/record-store.js'
import type { Space } from '../../../src/hub/stores/space-directory.js'
import type { Store } from '../../../src/hub/stores/store.js'
import type { StoreArchive } from '../../../src/hub/stores/store-upkeep.js'
import { describeStore } from '../../../src/testing/describe-store.js'
import { childModule } from '../../support/child-module.js'
import { cleanUp } from '../../support/clean-up.js'
import { type PostgresServer, startPostgres } from '../../support/postgres.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { runRace, STORE_WRITER } from './race.js'

// One server for all that needs one: to start it takes longer than most of the tests.
let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.remove())

let places = 0
let url: string
beforeEach(() => {
  url = server.url(`own${++places}`)
})

async function open(): Promise<Store> {
  const store = await openStore(url)
  cleanUp(() => store.close())
  return store
}

/** The database as anybody finds it who opens it without this program. */
async function raw(): Promise<{ client: pg.Client; schema: string }> {
  const address = new URL(url)
  const schema = address.searchParams.get('schema') as string
  address.searchParams.delete('schema')
  const client = new pg.Client(address.href)
  client.on('error', () => undefined)
  await client.connect()
  cleanUp(() => client.end())
  return { client, schema }
}

function push(store: Store, space: Space, recordId: string): Promise<{ cursor: number; inserted: number }> {
  const record: IncomingRecord = { kind: 'note', recordId, runId: 'run', payloadJson: '{}', expiresAt: null }
  return store.push(space, { author: 'ada', records: [record], rules: new Map() })
}

/** Resolves when somebody waits for a lock of this connection. */
async function untilBlocked(client: pg.Client): Promise<void> {
  const sql = 'SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))'
  while ((await client.query(sql)).rowCount === 0) await sleep(5)
}

async function names(store: Store, space: Space): Promise<string[]> {
  const found: string[] = []
  for (let sinceId = 0; ; ) {
    const { records, hasMore } = await store.since(space, { sinceId, limit: 1000, kinds: [] })
    found.push(...records.map(({ recordId }) => recordId))
    if (!hasMore) return found
    sinceId = records.at(-1)?.id as number
  }
}

describeStore('postgres', (place) => openStore(server.url(place)))

describe('a sweep', () => {
  it('locks what handles have in the order in which pushes do, whatever order the database has for words', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'muse')
    for (const author of ['ada', 'Bob']) {
      const record = { kind: 'note', recordId: author, runId: '', payloadJson: '{}', expiresAt: '2020-01-01T00:00:00Z' }
      await store.push(space, { author, records: [record], rules: new Map() })
    }
    const { client, schema } = await raw()
    const { client: another } = await raw()
    await client.query(`ALTER TABLE ${schema}.records ALTER COLUMN author TYPE text COLLATE "en-x-icu"`)
    await client.query(`BEGIN; UPDATE ${schema}.usage SET records = records WHERE handle = 'Bob'`)
    const sweeping = store.sweep?.(space, [{ kind: 'note', lapsedBefore: Date.now(), receivedBefore: null }])
    await untilBlocked(client)
    const { rowCount } = await another.query(`SELECT FROM ${schema}.usage WHERE handle = 'ada' FOR UPDATE SKIP LOCKED`)
    await client.query('COMMIT')
    expect((await sweeping)?.removed.get('note')).toBe(2)
    expect(rowCount).toBe(1)
  })
})

describe('a rule that is set while a push is under way', () => {
  it('keeps the token that the push has given', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'muse')
    const claim = (runId: string, rules: StorePush['rules']) => {
      const record = { kind: 'claim', recordId: 't', runId, payloadJson: '{}', expiresAt: '2099-01-01T00:00:00Z' }
      return store.push(space, { author: 'ada', records: [record], rules })
    }
    await claim('run-1', new Map([['claim', 'lease']]))
    const { client, schema } = await raw()
    await client.query(`BEGIN; UPDATE ${schema}.spaces SET last_id = 2; UPDATE ${schema}.records SET id = 2, token = 7`)
    const setting = store.setRule(space, 'claim', 'once')
    await untilBlocked(client)
    await client.query('COMMIT')
    await setting
    const { rows } = await client.query(`SELECT token_floor FROM ${schema}.spaces`)
    expect(rows).toEqual([{ token_floor: '7' }])
  })
})

describe('what a PostgreSQL store has acknowledged', () => {
  it('is on the disk, also where the role would have it otherwise', async () => {
    const { client, schema } = await raw()
    await client.query('ALTER ROLE CURRENT_USER SET synchronous_commit = off')
    cleanUp(() => client.query('ALTER ROLE CURRENT_USER RESET synchronous_commit'))
    const store = await open()
    const space = await store.createSpace('ada', 'muse')
    await client.query(`
      CREATE TABLE ${schema}.seen (setting text);
      CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO ${schema}.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE TRIGGER see AFTER INSERT ON ${schema}.records EXECUTE FUNCTION ${schema}.see()`)
    await push(store, space, 'one')
    await Promise.all(['two', 'three', 'four'].map((recordId) => push(store, space, recordId)))
    const { rows } = await client.query(`SELECT DISTINCT setting FROM ${schema}.seen`)
    expect(rows).toEqual([{ setting: 'on' }])
  })
})

describe('a push that waits for another hub', () => {
  it('shares its commit with what is claimed meanwhile', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'muse')
    await push(store, space, 'before')
    const { client, schema } = await raw()
    await client.query(`BEGIN; UPDATE ${schema}.spaces SET last_id = last_id`)
    const pushing = [push(store, space, 'one')]
    await untilBlocked(client)
    pushing.push(push(store, space, 'two'), push(store, space, 'three'))
    await sleep(20)
    await client.query('COMMIT')
    await Promise.all(pushing)
    expect(await names(store, space)).toEqual(['before', 'one', 'two', 'three'])
    expect((await client.query(`SELECT id FROM ${schema}.positions ORDER BY id`)).rows).toEqual([
      { id: '1' },
      { id: '4' },
    ])
  })
})

describe('acts of a PostgreSQL store', () => {
  it('are seen in the order of their ids, so that who has seen one has missed none before it', async () => {
    const [store, other] = [await open(), await open()]
    const [space, another] = [await store.createSpace('ada', 'muse'), await store.createSpace('ada', 'engine')]
    const { client, schema } = await raw()
    const gate = 7
    await client.query(`
      CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(${gate}); RETURN NULL; END $$;
      CREATE TRIGGER wait AFTER INSERT ON ${schema}.acts FOR EACH ROW WHEN (NEW.subject = 'slow')
        EXECUTE FUNCTION ${schema}.wait();
      SELECT pg_advisory_lock(${gate})`)
    const waiting = async (count: number): Promise<void> => {
      const ungranted = `SELECT count(*)::integer AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
      while ((await client.query(ungranted)).rows[0].count < count) await sleep(5)
    }
    const by = { handle: 'ada', at: 0 }
    const slow = store.setMember(space, 'slow', 'read', by)
    await waiting(1)
    const quick = other.setMember(another, 'quick', 'read', by)
    await Promise.race([quick, waiting(2)])
    const seen = await store.lastAct()
    await client.query(`SELECT pg_advisory_unlock(${gate})`)
    await Promise.all([slow, quick])
    const acts = (await Promise.all([space, another].map((one) => store.acts(one, { before: 99, limit: 9 })))).flat()
    const later = acts.filter(({ id }) => id > seen).map(({ subject }) => subject)
    expect(later.sort()).toEqual(['quick', 'slow'])
  })
})

describe('8 writers through 2 processes on one PostgreSQL, one reader that polls', () => {
  it.each([
    { size: 3, pushes: 60 },
    { size: 200, pushes: 6 },
  ])(
    'loses nothing and shows nothing out of order with pushes of $size',
    async ({ size, pushes }) => {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const result = await runRace({
        spec: url,
        writer: STORE_WRITER,
        size,
        pushes,
        async read(sinceId) {
          const { records, lastId, hasMore } = await store.since(space, { sinceId, limit: 1000, kinds: [] })
          const found = records.map(({ id, recordId }) => ({ id, name: recordId }))
          return { found, cursor: hasMore ? (found.at(-1)?.id ?? sinceId) : lastId }
        },
      })
      expect(result).toMatchObject({ written: 8 * pushes * size, missed: 0, outOfOrder: 0 })
      expect(result.polls).toBeGreaterThan(10)
    },
    60_000,
  )

  it('would lose records with ids from a sequence: the control', async () => {
    const { client, schema } = await raw()
    await client.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.rows (id BIGSERIAL PRIMARY KEY, name TEXT)`)
    const result = await runRace({
      spec: JSON.stringify({ url, schema }),
      writer: `
        import pg from 'pg'
        const order = JSON.parse(process.argv[2])
        const { url, schema } = JSON.parse(order.spec)
        const address = new URL(url)
        address.searchParams.delete('schema')
        const pool = new pg.Pool({ connectionString: address.href, max: order.writers })
        await write(order, async (names) => {
          const client = await pool.connect()
          await client.query('BEGIN')
          for (const name of names) await client.query('INSERT INTO ' + schema + '.rows (name) VALUES ($1)', [name])
          await client.query('COMMIT')
          client.release()
        })
        await pool.end()
        console.log('true')
      `,
      size: 3,
      pushes: 60,
      async read(cursor) {
        const { rows } = await client.query<{ id: string; name: string }>(
          `SELECT id, name FROM ${schema}.rows WHERE id > $1 ORDER BY id LIMIT 1000`,
          [cursor],
        )
        const found = rows.map(({ id, name }) => ({ id: Number(id), name }))
        return { found, cursor: found.at(-1)?.id ?? cursor }
      },
    })
    expect(result.missed).toBeGreaterThan(0)
  }, 60_000)
})

describe('the tables of a PostgreSQL store', () => {
  it('go on when they were made before registers had revisions', async () => {
    const { client, schema } = await raw()
    const old = await open()
    const space = await old.createSpace('ada', 'engine')
    await push(old, space, 'x')
    const before = await old.usage('ada')
    expect(before).toMatchObject({ spaces: 1, records: 1 })
    await old.close()
    await client.query(`ALTER TABLE ${schema}.records DROP COLUMN revision; DROP TABLE ${schema}.used_signatures;
      ALTER TABLE ${schema}.invites DROP COLUMN owner, DROP COLUMN slug, DROP COLUMN role, DROP COLUMN uses, DROP COLUMN device`)
    await client.query(
      `DROP TABLE ${schema}.acts; ALTER TABLE ${schema}.identities DROP COLUMN skeleton; DROP TABLE ${schema}.usage; DROP TABLE ${schema}.devices`,
    )
    await client.query(`DROP TABLE ${schema}.positions; DELETE FROM ${schema}.meta WHERE name = 'channel'`)
    await client.query(`UPDATE ${schema}.meta SET value = '1' WHERE name = 'schema'`)
    await client.query(
      `INSERT INTO ${schema}.identities VALUES ('b0b', 'f1', 'k1', 'human'), ('bob', 'f2', 'k2', 'human')`,
    )
    const store = await open()
    expect(await store.usage('ada')).toEqual(before)
    // What looks alike already stays, and no third comes to it.
    expect(await store.findIdentity('bob')).toMatchObject({ fingerprint: 'f2' })
    expect(await store.findAlike('BOB')).toBe('b0b')
    expect(await store.register({ handle: 'BOB', fingerprint: 'f3', publicKey: 'k3', type: 'human' })).toBe(false)
    // Who reads from now on knows where the space was, although nothing has come since.
    expect(await store.since(space, { sinceId: 1, limit: 10, kinds: [] })).toMatchObject({ position: { id: 1 } })
    const beat = { kind: 'beat', recordId: 'run', runId: 'run', payloadJson: '{}', expiresAt: null }
    await push(store, space, 'x')
    const rules = new Map([['beat', 'latest'] as const])
    await store.push(space, { author: 'ada', records: [{ ...beat, revision: 3, after: null }], rules })
    const { records } = await store.since(space, { sinceId: 0, limit: 10, kinds: [] })
    expect(records.map(({ recordId, revision }) => [recordId, revision])).toEqual([
      ['x', null],
      ['run', 3],
    ])
  })

  it('are made once when several processes start at the same moment', async () => {
    const opener = await childModule(`
      import { openStore } from 'src/hub/stores/open-store.js'
      const store = await openStore(process.argv[2])
      const space = await store.createSpace('ada', 'engine')
      console.log(JSON.stringify([store.epoch, space.id]))
      await store.close()
    `)
    cleanUp(() => opener.remove())
    const opened = await Promise.all(Array.from({ length: 4 }, () => opener.run<unknown>({ args: [url] })))
    expect(new Set(opened.map((one) => JSON.stringify(one))).size).toBe(1)
  }, 90_000)

  it('are refused when they are newer than the program', async () => {
    await (await open()).close()
    const { client, schema } = await raw()
    await client.query(`UPDATE ${schema}.meta SET value = '99' WHERE name = 'schema'`)
    await expect(open()).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining('99') })
  })

  it('stay away from those of another store in the same database', async () => {
    const one = await open()
    await push(one, await one.createSpace('ada', 'engine'), 'x')
    url = server.url(`own${++places}`)
    const other = await open()
    expect(other.epoch).not.toBe(one.epoch)
    expect(await other.findSpace('ada', 'engine')).toBeNull()
  })
})

describe('a space', () => {
  it('moves from SQLite to PostgreSQL and back with everything where it was', async () => {
    const directory = temporaryDirectory()
    const [sqlite, postgres] = [await openStore(directory), await open()]
    cleanUp(() => sqlite.close())
    const space = await sqlite.createSpace('ada', 'engine')
    const rules = new Map([['claim', 'lease'] as const, ['beat', 'latest'] as const])
    for (let round = 0; round < 3; round++) {
      const records = Array.from({ length: 700 }, (_, n) => ({
        kind: ['note', 'claim', 'beat'][n % 3] as string,
        recordId: `r${n}-${n % 3 === 0 ? round : ''}`,
        runId: 'run',
        payloadJson: `{"round":${round},"text":"\\u0000 \\\\ é 😀 '{}\\""}`,
        expiresAt: n % 2 === 0 ? null : new Date(Date.now() + (n - 350) * 1000).toISOString(),
      }))
      await sqlite.push(space, { author: 'ada', records, rules })
    }
    await sqlite.sweep?.(space, [{ kind: 'beat', lapsedBefore: Date.now(), receivedBefore: null }])
    const [out, back] = [sqlite.archive as StoreArchive, postgres.archive as StoreArchive]

    expect(await back.adoptEpoch(sqlite.epoch)).toBe(true)
    const moved = await back.importSpace('ada', 'engine', out.exportSpace(space))
    const returned = await out.importSpace('ada', 'again', back.exportSpace(moved))
    const everything = async (store: Store, one: Space) => {
      const pages: StoreRecord[] = []
      const exported = (store.archive as StoreArchive).exportSpace(one)
      let part = await exported.next()
      for (; part.done !== true; part = await exported.next()) pages.push(...part.value)
      return JSON.parse(JSON.stringify({ pages, frame: { ...part.value, rules: [...part.value.rules].sort() } }))
    }
    const before = await everything(sqlite, space)
    expect(before.pages.length).toBeGreaterThan(1000)
    expect(await everything(postgres, moved)).toEqual(before)
    expect(await everything(sqlite, returned)).toEqual(before)
    await postgres.close()
    expect((await open()).epoch).toBe(sqlite.epoch)
  })
})

describe('the address of a PostgreSQL store', () => {
  it('is told without its password', async () => {
    const nobody = openStore('postgres://ada:secret@127.0.0.1:1/hub')
    await expect(nobody).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/postgres:\/\/127\.0\.0\.1:1\/hub .*ECONNREFUSED/),
    })
    await expect(nobody).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
  })

  it.each(['postgres://%', 'postgres://host/db?schema=x;y', 'postgres://host/db?schema=X'])('is refused: %s', (bad) =>
    expect(openStore(bad)).rejects.toMatchObject({ code: 'STORE_FAILED' }),
  )
})

describe('a connection that breaks', () => {
  it('is replaced, and what was not acknowledged is told to have failed', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'engine')
    const { client } = await raw()
    const acknowledged: string[] = []
    let failed = 0
    let killed = 0
    for (let n = 0; n < 120; n++) {
      const name = `n${n}`
      const pushing = push(store, space, name)
      if (n % 10 === 0) {
        // Somewhere in the middle of a push, each time a little later.
        await sleep(n / 40)
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muse-coord'`,
        )
        killed += rowCount ?? 0
      }
      await pushing.then(
        () => acknowledged.push(name),
        (error) => {
          expect(error).toMatchObject({ code: 'STORE_FAILED' })
          failed++
        },
      )
    }
    expect(killed).toBeGreaterThan(0)
    expect(acknowledged.length + failed).toBe(120)
    expect(acknowledged.length).toBeGreaterThan(100)
    const found = await names(store, space)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining(acknowledged))
  }, 90_000)

  it('tells listeners of the gap, and goes on with the news', async () => {
    const store = await open()
    const space = await store.createSpace('ada', 'engine')
    const heard: (number | 'gap')[] = []
    const heardOf = async (what: number | 'gap') => {
      for (const end = performance.now() + 10_000; !heard.includes(what) && performance.now() < end; ) await sleep(5)
      expect(heard).toContain(what)
    }
    const stop = await store.listen?.({
      changed: (_, lastId) => heard.push(lastId),
      gap: () => heard.push('gap'),
    })
    await push(store, space, 'a')
    await heardOf(1)
    const { client } = await raw()
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)
    await heardOf('gap')
    await push(store, space, 'b')
    await heardOf(2)
    await stop?.()
  }, 90_000)
})

describe('a database that can only be read', () => {
  it('is not said to be ready', async () => {
    const store = await open()
    await store.ping()
    const { client } = await raw()
    const becomes = async (setting: string) => {
      await client.query(`ALTER ROLE CURRENT_USER ${setting}`)
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muse-coord' AND pid <> pg_backend_pid()`,
      )
    }
    const fault = () =>
      store.ping().then(
        () => null,
        ({ message }: Error) => message,
      )
    cleanUp(() => becomes('RESET default_transaction_read_only'))
    await becomes('SET default_transaction_read_only = on')
    // The first one may meet a connection that has just ended.
    while (!/can only be read/.test((await fault()) ?? ''));
    await becomes('RESET default_transaction_read_only')
    while ((await fault()) !== null);
  }, 30_000)
})

describe('a connection whose packets vanish', () => {
  it('is noticed and replaced, and listeners are told of the gap', async () => {
    const proxy = await vanishingProxy(new URL(url))
    const store = await open()
    const space = await store.createSpace('ada', 'engine')
    const through = new URL(url)
    through.host = `127.0.0.1:${proxy.port}`
    const listening = await openStore(through.href)
    cleanUp(() => listening.close())
    let tellGap = () => {}
    const gap = new Promise<void>((resolve) => {
      tellGap = resolve
    })
    const heard = new Set<number>()
    let tellHeard = () => {}
    const stop = await listening.listen?.({
      changed(_, lastId) {
        heard.add(lastId)
        tellHeard()
      },
      gap: tellGap,
    })
    proxy.swallow()
    await push(store, space, 'unheard')
    await gap
    expect([...heard]).toEqual([])
    const next = new Promise<void>((resolve) => {
      tellHeard = resolve
    })
    await push(store, space, 'heard')
    await next
    expect([...heard]).toEqual([2])
    await stop?.()
    proxy.cut()
  }, 30_000)

  it('keeps no store from closing', async () => {
    const proxy = await vanishingProxy(new URL(url))
    const through = new URL(url)
    through.host = `127.0.0.1:${proxy.port}`
    const store = await openStore(through.href)
    const stop = await store.listen?.({ changed: () => undefined, gap: () => undefined })
    await store.ping()
    proxy.swallow()
    await stop?.()
    await store.close()
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
  }, 30_000)
})

/** Between a hub and a server; what it has swallowed is neither answered nor closed, and new connections pass. */
async function vanishingProxy({ hostname, port }: URL) {
  const pairs = new Set<readonly [Socket, Socket]>()
  // Half open: who says goodbye is not heard either.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const behind = connect(Number(port || 5432), hostname)
    const pair = [client, behind] as const
    pairs.add(pair)
    client.pipe(behind)
    behind.pipe(client)
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        for (const one of pair) one.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  cleanUp(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      for (const [client, behind] of pairs) {
        client.unpipe(behind)
        behind.unpipe(client)
        // What comes is read and goes nowhere.
        for (const socket of [client, behind]) socket.resume()
      }
    },
    cut,
  }
}

describe('a server that restarts', () => {
  it('is said to be away, and has everything acknowledged when it is back, without a new start of the hub', async () => {
    if (!server.own) return
    const [one, other] = [await open(), await open()]
    const space = await one.createSpace('ada', 'engine')
    const acknowledged: string[] = []
    let gaps = 0
    await other.listen?.({ changed: () => undefined, gap: () => gaps++ })
    let pushing = true
    const writers = [one, other].map(async (store, hub) => {
      for (let n = 0; pushing; n++) {
        const name = `hub${hub}-${n}`
        const answer = await push(store, space, name).catch((error) => {
          expect(error).toMatchObject({ code: 'STORE_FAILED' })
          return sleep(20)
        })
        if (answer !== undefined) acknowledged.push(name)
      }
    })
    while (acknowledged.length <= 10) await sleep(10)
    await server.stop()
    await expect(one.ping()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const before = acknowledged.length
    await server.start()
    for (const end = performance.now() + 40_000; performance.now() < end && acknowledged.length < before + 20; ) {
      await sleep(10)
    }
    pushing = false
    await Promise.all(writers)
    await one.ping()
    expect(acknowledged.length).toBeGreaterThanOrEqual(before + 20)
    const found = await names(one, space)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining(acknowledged))
    for (const end = performance.now() + 10_000; gaps === 0 && performance.now() < end; ) await sleep(10)
    expect(gaps).toBe(1)
  }, 120_000)
})
