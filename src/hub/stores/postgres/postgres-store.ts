import { randomUUID } from 'node:crypto'
import type { QueryResult } from 'pg'
import { coordError } from '../../../base/errors.js'
import { NONCE_SECONDS, type Role, type Visibility } from '../../../record/protocol.js'
import type { MergeRule } from '../../../record/record.js'
import type { Standing } from '../arbitrate.js'
import { arbitrateAll } from '../arbitrate-all.js'
import { Batcher } from '../batcher.js'
import { recordColumns } from '../record-columns.js'
import { recordKey } from '../record-key.js'
import {
  type Identity,
  type Invite,
  type KindStats,
  type NewsListener,
  type Nonce,
  type Page,
  type Space,
  type Store,
  type StoreAnswer,
  type StoreArchive,
  type StorePush,
  type StoreQuery,
  type StoreRecord,
  type SweepRule,
  type Swept,
  TOKEN_LEAP,
} from '../store.js'
import { PostgresArchive } from './postgres-archive.js'
import { isRefusedValue, PostgresDatabase } from './postgres-database.js'
import { PostgresNews } from './postgres-news.js'
import { migratePostgres } from './postgres-schema.js'
import { type PostgresSql, postgresSql } from './postgres-sql.js'
import { sweepPostgres } from './postgres-sweep.js'

/** For the one statement that may go through a whole store. */
const RENEW_MILLISECONDS = 3_600_000

/** Pushes that share a commit. */
const GROUP_PUSHES = 32

/** A row of a page: the ends of the space beside each record, and beside none where there is none. */
type PageRow = { lastId: number; floorId: number } & ({ id: null } | StoreRecord)

/** What the statements that begin a push answer: two with nothing, the row of the space, its rules. */
type Begun = [
  QueryResult,
  QueryResult,
  QueryResult<Pick<Standing, 'owner' | 'lastId' | 'tokenFloor'>>,
  QueryResult<{ kind: string; merge: MergeRule }>,
]

/** A store in a PostgreSQL database. Several hubs may use it at once. */
export class PostgresStore implements Store {
  readonly epoch: string
  readonly archive: StoreArchive
  readonly #database: PostgresDatabase
  readonly #sql: PostgresSql
  readonly #news: PostgresNews
  /** Writers of one space wait here, and not each with a connection. */
  readonly #pushes = new Batcher<number, StorePush, StoreAnswer>({
    commit: (spaceId, pushes) => this.#pushAll(spaceId, pushes),
    limit: GROUP_PUSHES,
    isOfOne: isRefusedValue,
  })

  /** @throws CoordError `POSTGRES_MISSING`, `STORE_NEWER`, `STORE_FAILED` */
  static async open(spec: string): Promise<PostgresStore> {
    const database = await PostgresDatabase.connect(spec)
    try {
      const epoch = await database.withClient((client) => migratePostgres(client, database.address.schema))
      return new PostgresStore(database, epoch)
    } catch (thrown) {
      await database.close()
      throw thrown
    }
  }

  private constructor(database: PostgresDatabase, epoch: string) {
    this.epoch = epoch
    this.#database = database
    this.#sql = postgresSql(database.address.schema)
    this.#news = new PostgresNews(database, epoch)
    this.archive = new PostgresArchive(this, database, this.#sql)
  }

  async findSpace(owner: string, slug: string): Promise<Space | null> {
    return this.#first(this.#sql.findSpace, owner, slug)
  }

  async createSpace(owner: string, slug: string): Promise<Space> {
    const found = await this.findSpace(owner, slug)
    if (found !== null) return found
    await this.#database.query(this.#sql.createSpace, [owner, slug])
    return (await this.findSpace(owner, slug)) as Space
  }

  async setVisibility(space: Space, visibility: Visibility): Promise<void> {
    await this.#database.query(this.#sql.setVisibility, [visibility, space.id])
  }

  async members(space: Space): Promise<Map<string, Role>> {
    const rows = await this.#database.query<{ handle: string; role: Role }>(this.#sql.members, [space.id])
    return new Map(rows.map(({ handle, role }) => [handle, role]))
  }

  async setMember(space: Space, handle: string, role: Role): Promise<void> {
    await this.#database.query(this.#sql.setMember, [space.id, handle, role])
  }

  async removeMember(space: Space, handle: string): Promise<boolean> {
    return (await this.#first(this.#sql.removeMember, space.id, handle)) !== null
  }

  async push(space: Space, push: StorePush): Promise<StoreAnswer> {
    return this.#pushes.add(space.id, push)
  }

  async since(space: Space, { sinceId, limit, kinds }: StoreQuery): Promise<Page> {
    // One more than asked for: whether there is more is part of the answer.
    const values = [space.id, sinceId, limit + 1]
    const rows =
      kinds.length === 0
        ? await this.#database.query<PageRow>(this.#sql.since, values)
        : await this.#database.query<PageRow>(this.#sql.sinceOfKinds, [...values, [...new Set(kinds)]])
    const records: StoreRecord[] = []
    for (const { lastId: _, floorId: __, ...row } of rows.slice(0, limit)) if (row.id !== null) records.push(row)
    const { lastId = 0, floorId = 0 } = rows[0] ?? {}
    return { records, lastId, hasMore: rows.length > limit, floorId }
  }

  async findIdentity(handle: string): Promise<Identity | null> {
    return this.#first(this.#sql.findIdentity, handle)
  }

  async register({ handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    await this.#database.query(this.#sql.addIdentity, [handle, fingerprint, publicKey, type])
    return (await this.findIdentity(handle))?.fingerprint === fingerprint
  }

  async replaceIdentity(replaced: string, { handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    return (await this.#first(this.#sql.replaceIdentity, fingerprint, publicKey, type, handle, replaced)) !== null
  }

  async addNonce({ nonceHex, fingerprint, expiresAt }: Nonce): Promise<void> {
    // By the time that the new one promises, those have been void for a whole nonce's life.
    await this.#database.query(this.#sql.forgetNonces, [expiresAt - 2 * NONCE_SECONDS * 1000])
    await this.#database.query(this.#sql.addNonce, [nonceHex, fingerprint, expiresAt])
  }

  async takeNonce(nonceHex: string): Promise<Nonce | null> {
    return this.#first(this.#sql.takeNonce, nonceHex)
  }

  async addInvite({ codeHash, handle, expiresAt }: Invite): Promise<void> {
    await this.#database.query(this.#sql.addInvite, [codeHash, handle, expiresAt])
  }

  async takeInvite(codeHash: string): Promise<Invite | null> {
    return this.#first(this.#sql.takeInvite, codeHash)
  }

  async listen(listener: NewsListener): Promise<() => Promise<void>> {
    return this.#news.listen(listener)
  }

  async sweep(space: Space, rules: readonly SweepRule[]): Promise<Swept> {
    return sweepPostgres(this.#database, this.#sql, space, rules)
  }

  async stats(space: Space, since: number): Promise<KindStats[]> {
    return this.#database.query<KindStats>(this.#sql.stats, [space.id, new Date(since).toISOString()])
  }

  async renew(): Promise<string> {
    const epoch = randomUUID()
    const raising = { text: this.#sql.renew(TOKEN_LEAP), query_timeout: RENEW_MILLISECONDS }
    await this.#database.withClient(async (client) => {
      await client.query('BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = on')
      await client.query(raising)
      await client.query(this.#sql.renewEpoch, [epoch])
      await client.query('COMMIT')
    })
    return epoch
  }

  async ping(): Promise<void> {
    await this.#database.query('SELECT 1')
  }

  async close(): Promise<void> {
    await this.#pushes.drained()
    await this.#news.close()
    await this.#database.close()
  }

  /** Several pushes into one space, in one transaction that begins with the lock on the row of its counter. */
  async #pushAll(spaceId: number, pushes: readonly StorePush[]): Promise<StoreAnswer[]> {
    return this.#database.withClient(async (client) => {
      const begun = (await client.query(this.#sql.beginPush(spaceId))) as unknown as Begun
      const [, , counters, rules] = begun
      const counter = counters.rows[0]
      if (counter === undefined) throw coordError('NO_SUCH_THING', `space ${spaceId} in this store`)
      const keys = pushes.flatMap(({ records }) => records.map(recordKey))
      // Planned anew each time, not by name: a plan that was made while the table was small would be kept.
      const found = await client.query<StoreRecord>(this.#sql.recordsByKey, [spaceId, keys])
      const verdict = arbitrateAll(
        { ...counter, rules: new Map(rules.rows.map(({ kind, merge }) => [kind, merge])), records: found.rows },
        pushes,
      )
      const { answers, writes, newRules } = verdict
      if (newRules.size > 0) {
        await client.query(this.#sql.addRules, [spaceId, [...newRules.keys()], [...newRules.values()]])
      }
      if (writes.length === 0) {
        await client.query('COMMIT')
      } else {
        await client.query({
          name: 'write',
          text: this.#sql.write,
          values: recordColumns(spaceId, verdict.lastId, writes),
        })
        await client.query(`${this.#news.announcement(spaceId, verdict.lastId)}; COMMIT`)
      }
      return answers
    })
  }

  async #first<Row extends object>(text: string, ...values: unknown[]): Promise<Row | null> {
    const [row] = await this.#database.query<Row>(text, values)
    return row ?? null
  }
}
