import { randomUUID } from 'node:crypto'
import type { PoolClient, QueryResult, QueryResultRow } from 'pg'
import { coordError } from '../../../base/errors.js'
import { TOKEN_LEAP } from '../../../record/protocol.js'
import type { MergeRule } from '../../../record/record.js'
import type { Standing } from '../arbitrate.js'
import { arbitrateAll } from '../arbitrate-all.js'
import { Directory, notingOverrides, type Step } from '../directory.js'
import type { DirectorySql } from '../directory-sql.js'
import { GroupCommit } from '../group-commit.js'
import type { UsedSignature } from '../identity-directory.js'
import { keysOf } from '../keys-of.js'
import { forgettableTo, judgePositions, type KnownPositions, newNonce } from '../positions.js'
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
import { timeUnderLock } from '../time-under-lock.js'
import { type PushRefusal, unlessRefused } from '../unless-refused.js'
import type { Usage } from '../usage.js'
import { voidBefore } from '../void-before.js'
import { BULK_WEIGHT, weightOf } from '../weight-of.js'
import { PostgresArchive } from './archive.js'
import { PostgresChangeFeed } from './change-feed.js'
import { isRefusedValue, PostgresDatabase } from './database.js'
import { recordColumns } from './record-columns.js'
import { migratePostgres, type StoreNames } from './schema.js'
import { type PostgresSql, postgresSql } from './statements.js'
import { sweepPostgres } from './sweep.js'

/** For the statements that may go through a whole store or space. */
const WHOLE_MILLISECONDS = 3_600_000

/** Records that share a commit, for which the writers of their space wait: four batches of a client. */
const GROUP_RECORDS = 2_500

/** For which this process writes and reads one statement. */
const GROUP_RECORDS_BESIDE_LIGHT = 250

/** A row of a page: the ends of the space beside each record, and beside none where there is none. */
type PageRow = PageEnds & { found: number | null } & ({ id: null } | StoreRecord)

interface PageEnds {
  readonly lastId: number
  readonly floorId: number
  readonly now: number
  readonly epoch: string
  readonly nonce: string | null
}

/** What the statements that begin a push answer: two with nothing, the row of the space, the time, its rules. */
type Begun = [
  QueryResult,
  QueryResult,
  QueryResult<Pick<Standing, 'owner' | 'lastId' | 'tokenFloor'>>,
  QueryResult<{ now: number; epoch: string; lastReceivedAt: string | null }>,
  QueryResult<{ kind: string; merge: MergeRule }>,
]

/** Who writes, with the keys that sign for the handle. */
type Author = Usage & { fingerprints: readonly string[] }

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
    commit: (spaceId, take) => this.#pushAll(spaceId, take),
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
    const answer = unlessRefused(await this.#pushes.add(space.id, push))
    this.#epoch = answer.epoch ?? this.#epoch
    return answer
  }

  async since(space: Space, { sinceId, limit, kinds, bytes }: StoreQuery): Promise<Page> {
    // One more than asked for: whether there is more is part of the answer.
    const values = [space.id, sinceId, limit + 1, bytes ?? null]
    const rows =
      kinds.length === 0
        ? await this.#database.query<PageRow>(this.#sql.since, values)
        : await this.#database.query<PageRow>(this.#sql.sinceOfKinds, [...values, [...new Set(kinds)]])
    const records: StoreRecord[] = []
    for (const { lastId: _, floorId: __, now: ___, found: ____, epoch: _____, nonce: ______, ...row } of rows.slice(
      0,
      limit,
    ))
      if (row.id !== null) records.push(row)
    const { lastId, floorId, now, epoch, nonce, found } = firstOf(rows, space.id)
    this.#epoch = epoch
    const position = nonce === null ? null : { id: lastId, nonce }
    return { records, lastId, hasMore: (found ?? 0) > records.length, now, floorId, epoch, position }
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

  /** Several pushes into one space, in one transaction that begins with the lock on the row of its counter. */
  async #pushAll(spaceId: number, take: () => readonly StorePush[]): Promise<(StoreAnswer | PushRefusal)[]> {
    return this.#database.withClient(async (client) => {
      const begun = (await client.query(this.#sql.beginPush(spaceId))) as unknown as Begun
      const [, , counters, times, rules] = begun
      const counter = firstOf(counters.rows, spaceId)
      const time = firstOf(times.rows, spaceId)
      const pushes = take()
      // Planned anew each time, not by name: a plan that was made while the table was small would be kept.
      const found = await client.query<StoreRecord>(this.#sql.recordsByKey, [spaceId, keysOf(pushes)])
      const authors = await this.#authors(client, pushes)
      const refused = await this.#refused(client, pushes, authors)
      const verdict = arbitrateAll(
        {
          ...counter,
          now: timeUnderLock(time.now, time.lastReceivedAt),
          rules: new Map(rules.rows.map(({ kind, merge }) => [kind, merge])),
          records: found.rows,
          usage: authors,
        },
        pushes,
        refused,
      )
      const { answers, writes, newRules, overrides, lastId } = verdict
      let nonce: string | null
      if (newRules.size > 0) {
        await client.query(this.#sql.addRules, [spaceId, [...newRules.keys()], [...newRules.values()]])
      }
      if (writes.length === 0) {
        const { rows: last } = await client.query<Position>(this.#sql.position, [spaceId, lastId])
        nonce = last[0]?.nonce ?? null
        await client.query('COMMIT')
      } else {
        nonce = newNonce(time.now)
        await client.query({
          name: 'write',
          text: this.#sql.write,
          values: recordColumns(spaceId, lastId, writes, verdict.growth, nonce),
        })
        await this.#do(client, notingOverrides(spaceId, time.now, overrides))
        const forgettable = forgettableTo(counter.lastId, lastId)
        if (forgettable !== null) await client.query(this.#sql.forgetPositions, [spaceId, forgettable])
        await client.query(`${this.#changes.announcement(spaceId, lastId)}; COMMIT`)
      }
      const history = { epoch: time.epoch, position: nonce === null ? null : { id: lastId, nonce } }
      return answers.map((answer) => (typeof answer === 'object' ? { ...answer, ...history } : answer))
    })
  }

  async #judge(space: Space, positions: readonly Position[]): Promise<PositionsVerdict> {
    const ids = positions.map(({ id }) => id)
    const known = await this.#database.query<KnownPositions>(this.#sql.knownPositions, [space.id, ids])
    return judgePositions(firstOf(known, space.id), positions)
  }

  async #authors(client: PoolClient, pushes: readonly StorePush[]): Promise<ReadonlyMap<string, Author>> {
    const handles = [...new Set(pushes.map(({ author }) => author))]
    const { rows } = await client.query<Author & { handle: string }>(this.#sql.authors, [handles])
    return new Map(rows.map(({ handle, ...author }) => [handle, author]))
  }

  /** Those that do nothing. Signatures of the others have acted with the transaction of the client. */
  async #refused(
    client: PoolClient,
    pushes: readonly StorePush[],
    authors: ReadonlyMap<string, Author>,
  ): Promise<ReadonlyMap<StorePush, PushRefusal>> {
    const refused = new Map<StorePush, PushRefusal>()
    for (const push of pushes) {
      if (push.key !== undefined && !authors.get(push.author)?.fingerprints.includes(push.key))
        refused.set(push, 'revoked')
    }
    const signed = pushes.filter((push) => push.signature !== undefined && !refused.has(push))
    if (signed.length === 0) return refused
    const signatures = signed.map(({ signature }) => signature as UsedSignature)
    const { rows } = await client.query<{ hash: string }>(this.#sql.useSignatures, [
      signatures.map(({ hash }) => hash),
      signatures.map(({ expiresAt }) => expiresAt),
      Math.min(...signatures.map(voidBefore)),
    ])
    const fresh = new Set(rows.map(({ hash }) => hash))
    for (const [index, push] of signed.entries()) {
      // Of two with one signature in this transaction the first acts.
      if (!fresh.delete((signatures[index] as UsedSignature).hash)) refused.set(push, 'played')
    }
    return refused
  }

  protected read<Row extends object>(name: keyof DirectorySql, ...values: unknown[]): Promise<Row[]> {
    return this.#database.query<Row>(this.#sql[name], values)
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

/** What a statement tells of a space. Throws `NO_SUCH_THING` where there is none: what is not there is not empty. */
function firstOf<Row>([row]: readonly Row[], spaceId: number): Row {
  if (row === undefined) throw coordError('NO_SUCH_THING', `space ${spaceId} in this store`)
  return row
}
