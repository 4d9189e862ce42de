import { coordError } from '../../../base/errors.js'
import type { SqliteDatabase } from '../../../files/load-sqlite.js'
import { NONCE_SECONDS, type Role, type Visibility } from '../../../record/protocol.js'
import type { MergeRule } from '../../../record/record.js'
import { arbitrate, type Verdict } from '../arbitrate.js'
import { CommitQueue } from '../commit-queue.js'
import { inTransaction } from '../in-transaction.js'
import { recordKey } from '../record-key.js'
import type {
  Identity,
  Invite,
  KindStats,
  NewsListener,
  Nonce,
  Page,
  Space,
  Store,
  StoreAnswer,
  StoreArchive,
  StorePush,
  StoreQuery,
  StoreRecord,
  SweepRule,
  Swept,
} from '../store.js'
import { writeRecords } from '../write-records.js'
import { openSqlite } from './open-sqlite.js'
import { renewSqlite } from './renew-sqlite.js'
import { SqliteArchive } from './sqlite-archive.js'
import { backUpSqlite } from './sqlite-backup.js'
import { asStoreFault } from './sqlite-fault.js'
import { SqliteNews } from './sqlite-news.js'
import { prepareStatements, type Statements } from './sqlite-statements.js'
import { SqliteUpkeep } from './sqlite-upkeep.js'

/** What the row of a space tells of its ids. */
type Counter = { owner: string; lastId: number; floorId: number; tokenFloor: number }

/** A store in one SQLite file. Several processes may have it open at once. */
export class SqliteStore implements Store {
  readonly epoch: string
  readonly archive: StoreArchive
  readonly #path: string
  readonly #database: SqliteDatabase
  readonly #statements: Statements
  readonly #queue: CommitQueue
  readonly #news: SqliteNews
  readonly #upkeep: SqliteUpkeep

  /** @throws CoordError `SQLITE_MISSING`, `STORE_NEWER`, `STORE_FAILED` */
  static async open(path: string): Promise<SqliteStore> {
    return new SqliteStore(path, await openSqlite(path))
  }

  private constructor(path: string, database: SqliteDatabase) {
    this.#path = path
    this.#database = database
    this.#statements = prepareStatements(database)
    this.#queue = new CommitQueue(database, path)
    this.#news = new SqliteNews(database)
    this.#upkeep = new SqliteUpkeep(this.#statements, this.#queue)
    this.archive = new SqliteArchive(this, path)
    this.epoch = (this.#statements.epoch.get() as { value: string }).value
  }

  async findSpace(owner: string, slug: string): Promise<Space | null> {
    return this.#read(() => this.#space(owner, slug))
  }

  async createSpace(owner: string, slug: string): Promise<Space> {
    return this.#queue.write(() => {
      this.#statements.createSpace.run(owner, slug)
      return this.#space(owner, slug) as Space
    })
  }

  async setVisibility(space: Space, visibility: Visibility): Promise<void> {
    await this.#queue.write(() => this.#statements.setVisibility.run(visibility, space.id))
  }

  async members(space: Space): Promise<Map<string, Role>> {
    const rows = this.#read(() => this.#statements.members.all(space.id) as { handle: string; role: Role }[])
    return new Map(rows.map(({ handle, role }) => [handle, role]))
  }

  async setMember(space: Space, handle: string, role: Role): Promise<void> {
    await this.#queue.write(() => this.#statements.setMember.run(space.id, handle, role))
  }

  async removeMember(space: Space, handle: string): Promise<boolean> {
    const { changes } = await this.#queue.write(() => this.#statements.removeMember.run(space.id, handle))
    return Number(changes) > 0
  }

  async push(space: Space, push: StorePush): Promise<StoreAnswer> {
    return this.#queue.write(() => {
      const counter = this.#statements.counter.get(space.id) as Counter | undefined
      if (counter === undefined) throw coordError('NO_SUCH_THING', `space ${space.owner}/${space.slug} in this store`)
      const keys = JSON.stringify(push.records.map(recordKey))
      const records = this.#statements.recordsByKey.all(keys, space.id) as StoreRecord[]
      const verdict = arbitrate({ ...counter, rules: this.#rules(space), records }, push)
      this.#write(space, verdict)
      return verdict.answer
    })
  }

  async since(space: Space, query: StoreQuery): Promise<Page> {
    return this.#read(() =>
      // One transaction, so that all of the page tells of one moment although other processes write meanwhile.
      inTransaction(this.#database, 'BEGIN', () => {
        const { lastId = 0, floorId = 0 } = (this.#statements.counter.get(space.id) ?? {}) as Partial<Counter>
        // One more than asked for: whether there is more is part of the answer.
        const rows = this.#rows(space, { ...query, limit: query.limit + 1 })
        return { records: rows.slice(0, query.limit), lastId, hasMore: rows.length > query.limit, floorId }
      }),
    )
  }

  async findIdentity(handle: string): Promise<Identity | null> {
    return this.#read(() => this.#identity(handle))
  }

  async register({ handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    return this.#queue.write(() => {
      this.#statements.addIdentity.run(handle, fingerprint, publicKey, type)
      return this.#identity(handle)?.fingerprint === fingerprint
    })
  }

  async replaceIdentity(replaced: string, { handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    const { changes } = await this.#queue.write(() =>
      this.#statements.replaceIdentity.run(fingerprint, publicKey, type, handle, replaced),
    )
    return Number(changes) > 0
  }

  async addNonce({ nonceHex, fingerprint, expiresAt }: Nonce): Promise<void> {
    await this.#queue.write(() => {
      // By the time that the new one promises, those have been void for a whole nonce's life.
      this.#statements.forgetNonces.run(expiresAt - 2 * NONCE_SECONDS * 1000)
      this.#statements.addNonce.run(nonceHex, fingerprint, expiresAt)
    })
  }

  async takeNonce(nonceHex: string): Promise<Nonce | null> {
    return this.#queue.write(() => (this.#statements.takeNonce.get(nonceHex) as Nonce | undefined) ?? null)
  }

  async addInvite({ codeHash, handle, expiresAt }: Invite): Promise<void> {
    await this.#queue.write(() => this.#statements.addInvite.run(codeHash, handle, expiresAt))
  }

  async takeInvite(codeHash: string): Promise<Invite | null> {
    return this.#queue.write(() => (this.#statements.takeInvite.get(codeHash) as Invite | undefined) ?? null)
  }

  async listen(listener: NewsListener): Promise<() => Promise<void>> {
    const stop = this.#read(() => this.#news.listen(listener))
    return async () => stop()
  }

  sweep(space: Space, rules: readonly SweepRule[]): Promise<Swept> {
    return this.#upkeep.sweep(space, rules)
  }

  stats(space: Space, since: number): Promise<KindStats[]> {
    return this.#upkeep.stats(space, since)
  }

  async renew(): Promise<string> {
    return this.#queue.write(() => renewSqlite(this.#database))
  }

  backUp(file: string): Promise<void> {
    return backUpSqlite(this.#path, file)
  }

  async ping(): Promise<void> {
    this.#read(() => this.#statements.epoch.get())
  }

  async close(): Promise<void> {
    this.#news.close()
    if (await this.#queue.close()) this.#database.close()
  }

  #space(owner: string, slug: string): Space | null {
    return (this.#statements.findSpace.get(owner, slug) as Space | undefined) ?? null
  }

  #identity(handle: string): Identity | null {
    return (this.#statements.findIdentity.get(handle) as Identity | undefined) ?? null
  }

  #rules(space: Space): Map<string, MergeRule> {
    const rows = this.#statements.rules.all(space.id) as { kind: string; merge: MergeRule }[]
    return new Map(rows.map(({ kind, merge }) => [kind, merge]))
  }

  #rows(space: Space, { sinceId, limit, kinds }: StoreQuery): StoreRecord[] {
    if (kinds.length === 0) return this.#statements.recordsSince.all(space.id, sinceId, limit) as StoreRecord[]
    const ids = [...new Set(kinds)]
      .flatMap((kind) => this.#statements.idsOfKind.all(space.id, kind, sinceId, limit) as { id: number }[])
      .map(({ id }) => id)
      .sort((one, other) => one - other)
      .slice(0, limit)
    return this.#statements.recordsById.all(JSON.stringify(ids), space.id) as StoreRecord[]
  }

  #write(space: Space, { answer, writes, newRules }: Verdict): void {
    for (const [kind, rule] of newRules) this.#statements.addRule.run(space.id, kind, rule)
    if (writes.length === 0) return
    this.#statements.setLastId.run(answer.cursor, space.id)
    writeRecords(this.#statements, space.id, writes, answer.updated > 0)
  }

  #read<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw asStoreFault(thrown, this.#path)
    }
  }
}
