import type { Clock } from '../../../base/clock.js'
import type { SqliteDatabase, SqliteValue } from '../../../files/load-sqlite.js'
import { Directory, type Step } from '../directory.js'
import type { DirectorySql } from '../directory-sql.js'
import type {
  ChangeListener,
  InHistory,
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
import { unlessRefused } from '../unless-refused.js'
import { SqliteArchive } from './archive.js'
import { backUpSqlite } from './backup.js'
import { SqliteChangeFeed } from './change-feed.js'
import { asStoreFault } from './fault.js'
import { judgeIn } from './judge-in.js'
import { openSqlite } from './open.js'
import { renew } from './schema.js'
import { counterOf, historyOf, prepareStatements, type Statements } from './statements.js'
import { StoreFile } from './store-file.js'
import { inTransaction } from './transaction.js'
import { SqliteUpkeep } from './upkeep.js'
import { SqliteWriter } from './writer.js'

/** A store in one SQLite file. Several processes of one machine may have it open at once: SQLite has no clock of its own. */
export class SqliteStore extends Directory implements Store {
  readonly archive: StoreArchive
  readonly positions: StorePositions
  readonly #path: string
  readonly #file: StoreFile
  readonly #clock: Clock
  readonly #database: SqliteDatabase
  readonly #statements: Statements
  readonly #writer: SqliteWriter
  readonly #changes: SqliteChangeFeed
  readonly #upkeep: SqliteUpkeep
  #epoch: string

  static async open(path: string, clock: Clock): Promise<SqliteStore> {
    return new SqliteStore(path, clock, await openSqlite(path))
  }

  private constructor(path: string, clock: Clock, database: SqliteDatabase) {
    super()
    this.#path = path
    this.#clock = clock
    this.#database = database
    this.#statements = prepareStatements(database)
    this.#file = new StoreFile(path)
    this.#writer = new SqliteWriter(database, this.#statements, clock, this.#file)
    this.#changes = new SqliteChangeFeed(database)
    this.#upkeep = new SqliteUpkeep(this.#statements, this.#writer)
    this.archive = new SqliteArchive(this, path)
    this.#epoch = (this.#statements.epoch.get() as { value: string }).value
    this.positions = { judge: async (space, positions) => this.#judge(space, positions) }
  }

  get epoch(): string {
    return this.#epoch
  }

  async push(space: Space, push: StorePush): Promise<StoreAnswer> {
    return this.#met(unlessRefused(await this.#writer.push(space, push), push))
  }

  async since(space: Space, query: StoreQuery): Promise<Page> {
    return this.#guard(() =>
      // One transaction, so that all of the page tells of one moment although other processes write meanwhile.
      inTransaction(this.#database, 'BEGIN', () => {
        const { lastId, floorId } = counterOf(this.#statements, space.id)
        const history = historyOf(this.#statements, space.id, lastId)
        const { seen = [] } = query
        const judged = seen.length === 0 ? {} : { seen: judgeIn(this.#statements, space.id, seen) }
        return this.#met({
          ...this.#rows(space, query),
          lastId,
          now: this.#clock.now(),
          floorId,
          ...history,
          ...judged,
        })
      }),
    )
  }

  async listen(listener: ChangeListener): Promise<() => Promise<void>> {
    const stop = this.#guard(() => this.#changes.listen(listener))
    return async () => stop()
  }

  sweep(space: Space, rules: readonly SweepRule[], signal?: AbortSignal): Promise<Swept> {
    return this.#upkeep.sweep(space, rules, signal)
  }

  async stats(space: Space, since: number): Promise<KindStats[]> {
    try {
      return await this.#upkeep.stats(space, since)
    } catch (thrown) {
      throw asStoreFault(thrown, this.#path)
    }
  }

  async renew(epoch?: string): Promise<string> {
    this.#epoch = await this.#writer.write(() => renew(this.#database, epoch))
    return this.#epoch
  }

  backUp(file: string): Promise<void> {
    return backUpSqlite(this.#path, file)
  }

  async ping(): Promise<void> {
    this.#guard(() => {
      this.#file.assertThere()
      this.#statements.epoch.get()
    })
    if (this.#writer.hasFailed) await this.#writer.write(() => this.#statements.touch.run())
  }

  async close(): Promise<void> {
    this.#changes.close()
    if (await this.#writer.close()) this.#database.close()
  }

  protected async read<Row extends object>(name: keyof DirectorySql, ...values: SqliteValue[]): Promise<Row[]> {
    return this.#guard(() => this.#statements[name].all(...values) as Row[])
  }

  protected write<Row extends object>(name: keyof DirectorySql, ...values: SqliteValue[]): Promise<Row[]> {
    return this.#writer.write(() => this.#statements[name].all(...values) as Row[])
  }

  protected writeWith<Row extends object>(first: Step, further: (row: Row) => readonly Step[]): Promise<Row[]> {
    const all = ([name, ...values]: Step) => this.#statements[name].all(...values)
    return this.#writer.write(() => {
      const rows = all(first) as Row[]
      if (rows[0] !== undefined) for (const step of further(rows[0])) all(step)
      return rows
    })
  }

  #judge({ id }: Space, positions: readonly Position[]): PositionsVerdict {
    return this.#guard(() => inTransaction(this.#database, 'BEGIN', () => judgeIn(this.#statements, id, positions)))
  }

  /** Another process may have renewed the store. */
  #met<Answer extends InHistory>(answer: Answer): Answer {
    this.#epoch = answer.epoch ?? this.#epoch
    return answer
  }

  /** Sizes are asked for first: SQLite tells them without reading what is large. */
  #rows(space: Space, query: StoreQuery): Pick<Page, 'records' | 'hasMore'> {
    const { sinceId, kinds } = query
    if (kinds.length === 0) {
      const { count, hasMore } = this.#fitting(space, query)
      const records = this.#statements.recordsSince.all(space.id, sinceId, count) as StoreRecord[]
      return { records, hasMore }
    }
    // One more than asked for: whether there is more is part of the answer.
    const limit = query.limit + 1
    const ids = [...new Set(kinds)]
      .flatMap((kind) => this.#statements.idsOfKind.all(space.id, kind, sinceId, limit) as { id: number }[])
      .map(({ id }) => id)
      .sort((one, other) => one - other)
      .slice(0, limit)
    const count = fitting(this.#statements.sizesById.all(JSON.stringify(ids), space.id) as Sized[], query)
    const records = this.#statements.recordsById.all(JSON.stringify(ids.slice(0, count)), space.id) as StoreRecord[]
    return { records, hasMore: ids.length > count }
  }

  /**
   * How many of the records that come next a page holds, and whether more come behind them. Asked for some at a time: where
   * records are large a page has few, and each row of a size is a page of the file to be read.
   */
  #fitting(space: Space, query: StoreQuery): { readonly count: number; readonly hasMore: boolean } {
    const sizes: (Sized & { readonly id: number })[] = []
    for (let step = SIZES_AT_FIRST; ; step *= 4) {
      // One more than asked for: whether there is more is part of the answer.
      const limit = Math.min(step, query.limit + 1 - sizes.length)
      const found = this.#statements.sizesSince.all(space.id, sizes.at(-1)?.id ?? query.sinceId, limit) as typeof sizes
      sizes.push(...found)
      const count = fitting(sizes, query)
      if (count < sizes.length || found.length < limit) return { count, hasMore: count < sizes.length }
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw asStoreFault(thrown, this.#path)
    }
  }
}

/** Of a row that does not fit its page of the file SQLite reads the whole to go on to the next. */
const SIZES_AT_FIRST = 2

interface Sized {
  readonly size: number
}

/** How many of the records that come next a page holds. */
function fitting(sizes: readonly Sized[], { limit, bytes = Number.POSITIVE_INFINITY }: StoreQuery): number {
  let count = 0
  for (let sum = 0; count < Math.min(limit, sizes.length) && sum <= bytes; count++) sum += (sizes[count] as Sized).size
  return count
}
