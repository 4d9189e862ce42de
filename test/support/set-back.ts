import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { openStore } from '../../src/hub/stores/open-store.js'
import { cleanUp } from './clean-up.js'
import { type FaultyHub, passOnTo, startFaultyHub } from './faulty-hub.js'
import { createMachine, type Machine } from './machine.js'
import type { PostgresServer } from './postgres.js'
import { type Signer, type StartedHub, startHub } from './start-hub.js'
import { temporaryDirectory } from './temporary-directory.js'

/** A place of a store, of which copies are made and put back while nobody has it open, by means that are not this program's. */
export interface StorePlace {
  readonly spec: string
  copy(): Promise<void>
  putBack(): Promise<void>
}

/** The database file, with what stands beside it: SQLite leaves there what it has not moved into the file yet. */
export function sqlitePlace(): StorePlace {
  const directory = temporaryDirectory()
  const names = ['hub.sqlite', 'hub.sqlite-wal', 'hub.sqlite-shm']
  const copies = join(directory, 'copies')
  return {
    spec: directory,
    async copy() {
      mkdirSync(copies, { recursive: true })
      copyAll(names, directory, copies)
    },
    // Another file under the old name: a driver may let go of one that was closed only when memory is tidied up.
    putBack: async () => copyAll(names, copies, directory),
  }
}

function copyAll(names: readonly string[], from: string, to: string): void {
  for (const name of names) {
    rmSync(join(to, name), { force: true })
    if (existsSync(join(from, name)) && !name.endsWith('-shm')) copyFileSync(join(from, name), join(to, name))
  }
}

let databases = 0

/** A database of its own on a server, copied as a template. */
export async function postgresPlace(server: PostgresServer): Promise<StorePlace> {
  const url = new URL(server.url('set_back'))
  const name = `set_back_${process.pid}_${databases++}`
  const execute = async (sql: string) => {
    const { href } = new URL(url.pathname, url)
    const client = new pg.Client(href)
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await execute(`CREATE DATABASE ${name}`)
  cleanUp(async () => {
    for (const one of [name, `${name}_copy`]) await execute(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`)
  })
  const own = new URL(url)
  own.pathname = `/${name}`
  return {
    spec: own.href,
    async copy() {
      await execute(`DROP DATABASE IF EXISTS ${name}_copy`)
      await execute(`CREATE DATABASE ${name}_copy TEMPLATE ${name}`)
    },
    async putBack() {
      await execute(`DROP DATABASE ${name} WITH (FORCE)`)
      await execute(`CREATE DATABASE ${name} TEMPLATE ${name}_copy`)
    },
  }
}

/** Copies the tables of a PostgreSQL store, and gives what puts their rows back while hubs have it open. */
export async function copyRows(spec: string): Promise<() => Promise<void>> {
  const url = new URL(spec)
  const schema = url.searchParams.get('schema')
  url.searchParams.delete('schema')
  const client = new pg.Client(url.href)
  await client.connect()
  cleanUp(() => client.end())
  const { rows } = await client.query<{ name: string }>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1',
    [schema],
  )
  await client.query(`CREATE SCHEMA ${schema}_copy`)
  for (const { name } of rows) await client.query(`CREATE TABLE ${schema}_copy.${name} AS TABLE ${schema}.${name}`)
  return async () => {
    const names = rows.map(({ name }) => `${schema}.${name}`)
    // As replicas do: in no order of references.
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE ${names.join(', ')}`)
    for (const { name } of rows) {
      await client.query(`INSERT INTO ${schema}.${name} OVERRIDING SYSTEM VALUE TABLE ${schema}_copy.${name}`)
    }
    await client.query('COMMIT')
  }
}

/** A hub that comes and goes under one address, on a store that is copied and put back, and machines that know it. */
export interface SetBackHub {
  readonly proxy: FaultyHub
  readonly spec: string
  readonly gabriel: Signer
  /** The one that serves now. */
  hub(): StartedHub
  restart(): Promise<void>
  /** Copies the store; the hub ends for it and comes again. */
  copy(): Promise<void>
  /** Sets the store back to the copy; the hub ends for it and comes again. */
  setBack(): Promise<void>
  machine(): Promise<Machine>
  /** What the hub holds, oldest first: `kind/id`. */
  stored(): Promise<string[]>
}

export async function startSetBackHub(place: StorePlace): Promise<SetBackHub> {
  const proxy = await startFaultyHub()
  let end = async () => {}
  let hub!: StartedHub
  const start = async () => {
    const store = await openStore(place.spec)
    hub = await startHub({ store, publicUrl: proxy.url })
    const { close } = hub
    proxy.behave(passOnTo(hub.url))
    end = async () => {
      end = async () => {}
      await close()
      await store.close()
    }
  }
  cleanUp(() => end())
  await start()
  const gabriel = await hub.register('gabriel')
  const around = async (work: () => Promise<void>) => {
    await end()
    await work()
    await start()
  }
  return {
    proxy,
    spec: place.spec,
    gabriel,
    hub: () => hub,
    restart: () => around(async () => {}),
    copy: () => around(() => place.copy()),
    setBack: () => around(() => place.putBack()),
    machine: () => createMachine({ hub: proxy.url, signer: gabriel }),
    async stored() {
      const space = await hub.store.findSpace('gabriel', 'muse')
      if (space === null) return []
      const { records } = await hub.store.since(space, { sinceId: 0, limit: 100_000, kinds: [] })
      return records.map(({ kind, recordId }) => `${kind}/${recordId}`)
    },
  }
}
