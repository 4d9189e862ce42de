import { randomUUID } from 'node:crypto'
import type { PoolClient, QueryResult, QueryResultRow } from 'pg'
import { coordError } from '../../../base/errors.js'
import { TOKEN_LEAP } from '../../../record/protocol.js'
import { Directory, type Step } from '../directory.js'
import type { DirectorySql } from '../directory-sql.js'
import { GroupCommit } from '../group-commit.js'
import { judgePositions, type KnownPositions } from '../positions.js'
import type {
  ChangeListener,
  Page,
  Position,
  PositionsVerdict,
  StoreAnswer,
  StorePositions,
  StorePush,
  StoreQuery,
  StoreRecord,
} from '../record-store.js'
import type { Space } from '../space-directory.js'
import type { Store } from '../store.js'
import type { KindStats, StoreArchive, SweepRule, Swept } from '../store-upkeep.js'
import { type PushRefusal, unlessRefused } from '../unless-refused.js'
import { BULK_WEIGHT, weightOf } from '../weight-of.js'
import { PostgresArchive } from './archive.js'
import { PostgresChangeFeed } from './change-feed.js'
import { isRefusedValue, PostgresDatabase } from './database.js'
import { firstOf, pushAll } from './push-all.js'
import { migratePostgres, type StoreNames } from './schema.js'
import { sendTogether } from './send-together.js'
import { type PostgresSql, postgresSql } from './statements.js'
import { sweepPostgres } from './sweep.js'

/** For the statements that may go through a whole store or space. */
const WHOLE_MILLISECONDS = 3_600_000

/** Records that share a commit, for which the writers of their space wait: four batches of a client. */
const GROUP_RECORDS = 2_500

/** For which this process writes and reads one statement. */
const GROUP_RECORDS_BESIDE_LIGHT = 250

/**
 * What is asked with every request is planned once on each connection: to plan it takes seven times as long as to do it. They look into
 * tables that grow with people and spaces, so slowly that PostgreSQL has analysed them meanwhile, and then it plans anew.
 */
const PLANNED_ONCE: ReadonlySet<keyof DirectorySql> = new Set(['findVisitor', 'findSpace'] as const)

/** A row of a page: the ends of the space beside the first record, and beside none where there is none. */
type PageRow = PageEnds & { found: number | null } & ({ id: null } | StoreRecord)

interface PageEnds {
  readonly lastId: number
  readonly floorId: number
  readonly now: number
  readonly epoch: string
  readonly nonce: string | null
}

/** A store in a PostgreSQL database. Several hubs may use it at once. */
export class PostgresStore extends Directory implements Store {
  readonly archive: StoreArchive
  readonly positions: StorePositions
  readonly #database: PostgresDatabase
  readonly #sql: PostgresSql
  readonly #changes: PostgresChangeFeed
  #epoch: string
  /** Writers of one space wait here, and not each with a connection. */
  readonly #pushes = new GroupCommit<number, StorePush, StoreAnswer | PushRefusal>({
    commit: (spaceId, take) =>
      this.#database.withClient((client) =>
        pushAll(client, this.#sql, spaceId, take, (lastId) => this.#changes.announcement(spaceId, lastId)),
      ),
    weigh: weightOf,
    limit: GROUP_RECORDS,
    limitBesideLight: GROUP_RECORDS_BESIDE_LIGHT,
    bulk: BULK_WEIGHT,
    isOfOne: isRefusedValue,
  })

  static async open(spec: string): Promise<PostgresStore> {
    const database = await PostgresDatabase.connect(spec)
    try {
      const names = await database.withClient((client) => migratePostgres(client, database.address.schema))
      return new PostgresStore(database, names)
    } catch (thrown) {
      await database.close()
      throw thrown
    }
  }

  private constructor(database: PostgresDatabase, { epoch, channel }: StoreNames) {
    super()
    this.#epoch = epoch
    this.#database = database
    this.#sql = postgresSql(database.address.schema)
    this.#changes = new PostgresChangeFeed(database, channel)
    this.archive = new PostgresArchive(this, database, this.#sql)
    this.positions = { judge: (space, positions) => this.#judge(space, positions) }
  }

  get epoch(): string {
    return this.#epoch
  }

  async push(space: Space, push: StorePush): Promise<StoreAnswer> {
    const answer = unlessRefused(await this.#pushes.add(space.id, push), push)
    this.#epoch = answer.epoch ?? this.#epoch
    return answer
  }

  async since(space: Space, { sinceId, limit, kinds, bytes, seen = [] }: StoreQuery): Promise<Page> {
    // One more than asked for: whether there is more is part of the answer.
    const values = [space.id, sinceId, limit + 1, bytes ?? null]
    const ofKinds = { text: this.#sql.sinceOfKinds, values: [...values, [...new Set(kinds)]] }
    const [rows, known] = await this.#database.withClient(async (client) => {
      const results = await sendTogether(client, [
        kinds.length === 0 ? { text: this.#sql.since, values } : ofKinds,
        ...(seen.length === 0 ? [] : [this.#asking(space, seen)]),
      ])
      return results.map((result) => (result as QueryResult).rows) as [PageRow[], KnownPositions[]?]
    })
    const { lastId, floorId, now, epoch, nonce, found } = firstOf(rows, space.id)
    const records = rows.slice(0, limit).flatMap((row) => (row.id === null ? [] : [recordOf(row)]))
    this.#epoch = epoch
    const position = nonce === null ? null : { id: lastId, nonce }
    const judged = known && { seen: judgePositions(firstOf(known, space.id), seen) }
    return { records, lastId, hasMore: (found ?? 0) > records.length, now, floorId, epoch, position, ...judged }
  }

  async listen(listener: ChangeListener): Promise<() => Promise<void>> {
    return this.#changes.listen(listener)
  }

  async sweep(space: Space, rules: readonly SweepRule[], signal?: AbortSignal): Promise<Swept> {
    return sweepPostgres(this.#database, this.#sql, { space, rules, signal })
  }

  async stats(space: Space, since: number): Promise<KindStats[]> {
    const values = [space.id, new Date(since).toISOString()]
    return this.#database.withClient(async (client) => {
      await client.query('BEGIN; SET LOCAL statement_timeout = 0')
      const asking = { text: this.#sql.stats, values, query_timeout: WHOLE_MILLISECONDS }
      const { rows } = await client.query<KindStats>(asking)
      await client.query('COMMIT')
      return rows
    })
  }

  async renew(replaced?: string): Promise<string> {
    const epoch = randomUUID()
    const raising = { text: this.#sql.renew(TOKEN_LEAP), query_timeout: WHOLE_MILLISECONDS }
    await this.#database.withClient(async (client) => {
      await client.query('BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = on')
      await client.query(this.#sql.lockSpaces)
      const { rows } = await client.query<{ value: string }>(this.#sql.lockedEpoch)
      this.#epoch = rows[0]?.value as string
      if (replaced === undefined || replaced === this.#epoch) {
        await client.query(raising)
        await client.query(this.#sql.renewEpoch, [epoch])
        // Hubs that go on with the store listen where they did; a store that was copied beside another one is to have its own.
        if (replaced === undefined) await client.query(this.#sql.renewChannel, [epoch])
        this.#epoch = epoch
      }
      await client.query('COMMIT')
    })
    return this.#epoch
  }

  async ping(): Promise<void> {
    type Row = { isReadOnly: boolean }
    const [row] = await this.#database.query<Row>(
      `SELECT current_setting('transaction_read_only')::bool AS "isReadOnly"`,
    )
    if (row?.isReadOnly) throw coordError('STORE_FAILED', this.#database.address.name, 'it can only be read')
  }

  async close(): Promise<void> {
    await this.#pushes.drained()
    await this.#changes.close()
    await this.#database.close()
  }

  async #judge(space: Space, positions: readonly Position[]): Promise<PositionsVerdict> {
    const { text, values } = this.#asking(space, positions)
    const known = await this.#database.query<KnownPositions>(text, values)
    return judgePositions(firstOf(known, space.id), positions)
  }

  #asking({ id }: Space, positions: readonly Position[]): { readonly text: string; readonly values: unknown[] } {
    return { text: this.#sql.knownPositions, values: [id, positions.map((position) => position.id)] }
  }

  protected read<Row extends object>(name: keyof DirectorySql, ...values: unknown[]): Promise<Row[]> {
    return this.#database.query<Row>(this.#sql[name], values, PLANNED_ONCE.has(name) ? name : undefined)
  }

  protected writeWith<Row extends object>(first: Step, further: (row: Row) => readonly Step[]): Promise<Row[]> {
    return this.#database.withClient(async (client) => {
      await client.query('BEGIN; SET LOCAL synchronous_commit = on')
      const [name, ...values] = first
      const { rows } = await client.query<Row & QueryResultRow>(this.#sql[name], values)
      if (rows[0] !== undefined) await this.#do(client, further(rows[0]))
      await client.query('COMMIT')
      return rows
    })
  }

  async #do(client: PoolClient, steps: readonly Step[]): Promise<void> {
    for (const [name, ...values] of steps) await client.query(this.#sql[name], values)
  }

  protected write<Row extends object>(name: keyof DirectorySql, ...values: unknown[]): Promise<Row[]> {
    return this.read(name, ...values)
  }
}

function recordOf(row: StoreRecord): StoreRecord {
  const { id, kind, recordId, runId, payloadJson, expiresAt, author, token, revision, receivedAt } = row
  return { id, kind, recordId, runId, payloadJson, expiresAt, author, token, revision, receivedAt }
}
