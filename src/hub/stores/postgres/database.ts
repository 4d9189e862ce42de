import { Socket } from 'node:net'
import type { Client, Pool, PoolClient, PoolConfig, QueryResultRow } from 'pg'
import { CoordError, coordError, problemOf } from '../../../base/errors.js'
import { type PostgresAddress, readPostgresAddress } from './address.js'
import { endOrCut } from './end-or-cut.js'

type Driver = typeof import('pg')['default']

/** Connections of one hub. Pushes into one space share one; the rest serve readers. */
const CONNECTIONS = 10

const SETTINGS: PoolConfig = {
  max: CONNECTIONS,
  application_name: 'muse-coord',
  connectionTimeoutMillis: 5_000,
  idleTimeoutMillis: 60_000,
  // How a statement with a name is done is kept as long, also where nobody analyses a table that has grown.
  maxLifetimeSeconds: 600,
  keepAlive: true,
  statement_timeout: 20_000,
  lock_timeout: 15_000,
  idle_in_transaction_session_timeout: 15_000,
  // Beyond that of the server: for one that has gone silent.
  query_timeout: 30_000,
}

const INT8 = 20

/** A connection that is no part of the pool. */
export interface OwnConnection {
  readonly client: Client
  /** Closes it, in bounded time. */
  end(): Promise<void>
}

/** The connections to a PostgreSQL database. Every fault comes out as `STORE_FAILED` with the name of the database. */
export class PostgresDatabase {
  readonly address: PostgresAddress
  readonly #driver: Driver
  readonly #pool: Pool
  readonly #settings: PoolConfig
  /** Those of the pool that are open. */
  readonly #sockets = new Set<Socket>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false

  static async connect(spec: string): Promise<PostgresDatabase> {
    return new PostgresDatabase(readPostgresAddress(spec), await loadDriver())
  }

  private constructor(address: PostgresAddress, driver: Driver) {
    this.address = address
    this.#driver = driver
    const { types } = driver
    this.#settings = {
      ...SETTINGS,
      connectionString: address.connectionString,
      // Ids and milliseconds fit into numbers; the driver would rather give text.
      types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
    }
    this.#pool = new driver.Pool({ ...this.#settings, pipeline: true, stream: () => this.#newSocket() })
    // A connection that breaks fails the statement it has and is replaced; one that has none just now fails nobody.
    // Without listeners it would end the process: the pool listens while it is idle, this while it is in use.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  /**
   * One statement.
   *
   * @param name under which each connection keeps how it is done; left out: it is planned anew each time
   */
  async query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<Row[]> {
    return this.#guard(async () => {
      const { rows } = await this.#pool.query<Row>({ ...(name && { name }), text, values: [...values] })
      return rows
    })
  }

  /** Work on one connection. It is thrown away when the work fails: nobody knows what state it is in. */
  async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#guard(async () => {
      const client = await this.#pool.connect()
      let broken = true
      try {
        const result = await work(client)
        broken = false
        return result
      } finally {
        client.release(broken)
      }
    })
  }

  /** A connection beside the pool, for whoever stays; its user ends it. */
  async connectClient(prepare: (client: Client) => Promise<void>): Promise<OwnConnection> {
    return this.#guard(async () => {
      const socket = new Socket()
      const client = new this.#driver.Client({ ...this.#settings, stream: () => socket })
      const end = () =>
        endOrCut(
          () => client.end(),
          () => socket.destroy(),
        )
      // Its end is told by `end`; without a listener an error would end the process.
      client.on('error', () => undefined)
      try {
        await client.connect()
        await prepare(client)
        return { client, end }
      } catch (thrown) {
        await end().catch(() => undefined)
        throw thrown
      }
    })
  }

  /** Takes no more work, lets what is under way end, and closes all connections. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // A pool that ends forgets those who wait for a connection.
    await Promise.allSettled(this.#underWay)
    await endOrCut(
      () => this.#pool.end(),
      () => {
        for (const socket of this.#sockets) socket.destroy()
      },
    )
  }

  #newSocket(): Socket {
    const socket = new Socket()
    this.#sockets.add(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw coordError('STORE_FAILED', this.address.name, 'it is closed')
    const working = work()
    this.#underWay.add(working)
    try {
      return await working
    } catch (thrown) {
      if (thrown instanceof CoordError || !isDatabaseFault(thrown)) throw thrown
      const error = coordError('STORE_FAILED', this.address.name, problemOfDriver(thrown))
      error.cause = thrown
      throw error
    } finally {
      this.#underWay.delete(working)
    }
  }
}

/** Whether a fault may lie in what was written: everything but a database that does not work. */
export function isRefusedValue(thrown: unknown): boolean {
  if (!(thrown instanceof CoordError) || thrown.code !== 'STORE_FAILED') return true
  const { code } = (thrown.cause ?? {}) as { code?: unknown }
  // SQLSTATE 22 is about data, 23 about constraints.
  return typeof code === 'string' && /^2[23]...$/.test(code)
}

/** Faults of the database, of the network and of the driver, which all may pass; a fault of this program does not. */
function isDatabaseFault(thrown: unknown): boolean {
  return !(thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof SyntaxError)
}

/** A name with several addresses fails with a list of faults and no sentence of its own. */
function problemOfDriver(thrown: unknown): string {
  return thrown instanceof AggregateError ? thrown.errors.map(problemOf).join('; ') : problemOf(thrown)
}

async function loadDriver(): Promise<Driver> {
  try {
    return (await import('pg')).default
  } catch (thrown) {
    const error = coordError('POSTGRES_MISSING')
    error.cause = thrown
    throw error
  }
}
