import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../base/clock.js'
import { coordError } from '../../../base/errors.js'
import type { SqliteDatabase } from '../../../files/load-sqlite.js'
import { GroupCommit } from '../group-commit.js'
import type { StoreAnswer, StorePush } from '../record-store.js'
import type { Space } from '../space-directory.js'
import type { PushRefusal } from '../unless-refused.js'
import { BULK_WEIGHT, weightOf } from '../weight-of.js'
import { asStoreFault, isSqliteBusy } from './fault.js'
import { BUSY_MILLISECONDS } from './open.js'
import { pushAll } from './push-all.js'
import type { Statements } from './statements.js'
import type { StoreFile } from './store-file.js'
import { rollBack } from './transaction.js'

/** Records that share a transaction: about 20 ms, for which the readers of this process wait. */
const GROUP_RECORDS = 1_000

/** About 4 ms. */
const GROUP_RECORDS_BESIDE_LIGHT = 150

/** How long another process may keep the lock before those who wait here are told. */
const LOCK_MILLISECONDS = 15_000

type Unit = { readonly work: () => unknown } | { readonly space: Space; readonly push: StorePush }

/** The one writer of a SQLite store: pushes into any space, and all other changes, share its commits. */
export class SqliteWriter {
  readonly #database: SqliteDatabase
  readonly #statements: Statements
  readonly #clock: Clock
  readonly #file: StoreFile
  readonly #commits = new GroupCommit<null, Unit, unknown>({
    commit: (_, take) => this.#commit(take),
    weigh: (unit) => ('push' in unit ? weightOf(unit.push) : 1),
    limit: GROUP_RECORDS,
    limitBesideLight: GROUP_RECORDS_BESIDE_LIGHT,
    bulk: BULK_WEIGHT,
    isOfOne: (thrown) => !isSqliteBusy(thrown),
  })
  #closed = false
  #hasFailed = false

  constructor(database: SqliteDatabase, statements: Statements, clock: Clock, file: StoreFile) {
    this.#database = database
    this.#statements = statements
    this.#clock = clock
    this.#file = file
  }

  /**
   * Does work inside a transaction and gives its result once that is durable.
   *
   * @param work synchronous, touches the database only, and can be done again: a transaction may be rolled back
   */
  write<T>(work: () => T): Promise<T> {
    return this.#add({ work }) as Promise<T>
  }

  push(space: Space, push: StorePush): Promise<StoreAnswer | PushRefusal> {
    return this.#add({ space, push }) as Promise<StoreAnswer | PushRefusal>
  }

  /** Whether the last commit failed: what can be read may still not be written, as on a disk that is full. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Takes nothing more, and resolves when what waits is done: to `false` where it was closed before. */
  async close(): Promise<boolean> {
    const isFirst = !this.#closed
    this.#closed = true
    await this.#commits.drained()
    return isFirst
  }

  async #add(unit: Unit): Promise<unknown> {
    if (this.#closed) throw coordError('STORE_FAILED', this.#file.path, 'it is closed')
    try {
      return await this.#commits.add(null, unit)
    } catch (thrown) {
      throw asStoreFault(thrown, this.#file.path)
    }
  }

  async #commit(take: () => readonly Unit[]): Promise<unknown[]> {
    try {
      const results = await this.#commitWhenFree(take)
      this.#hasFailed = false
      return results
    } catch (thrown) {
      this.#hasFailed = true
      throw thrown
    }
  }

  /** Waits for other processes without holding up this one. */
  async #commitWhenFree(take: () => readonly Unit[]): Promise<unknown[]> {
    const patience = performance.now() + LOCK_MILLISECONDS
    for (let pause = 1; ; pause = Math.min(pause * 1.5, 10)) {
      const results = this.#commitIfFree(take, performance.now() > patience)
      if (results !== null) return results
      await sleep(pause * (0.5 + Math.random()))
    }
  }

  /**
   * Synchronous from its begin to its end: no reader of this process, which shares the connection, comes to stand inside.
   *
   * @param isLast whether another process that has the lock is an error
   * @returns `null`: another process has it
   */
  #commitIfFree(take: () => readonly Unit[], isLast: boolean): unknown[] | null {
    this.#file.assertThere()
    try {
      this.#begin()
    } catch (thrown) {
      if (isLast || !isSqliteBusy(thrown)) throw thrown
      return null
    }
    try {
      const results = this.#do(take())
      this.#database.exec('COMMIT')
      return results
    } catch (thrown) {
      // Not savepoints instead: with them SQLite copies each page that a push changes.
      rollBack(this.#database)
      throw thrown
    }
  }

  /** Without the patience of SQLite, in which this process would do nothing else. */
  #begin(): void {
    this.#database.exec('PRAGMA busy_timeout = 0')
    try {
      this.#database.exec('BEGIN IMMEDIATE')
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`)
    }
  }

  #do(units: readonly Unit[]): unknown[] {
    const results = new Map<Unit, unknown>()
    const pushes = new Map<number, Extract<Unit, { push: StorePush }>[]>()
    for (const unit of units) {
      if ('work' in unit) results.set(unit, unit.work())
      else pushes.set(unit.space.id, [...(pushes.get(unit.space.id) ?? []), unit])
    }
    for (const [spaceId, sharing] of pushes) {
      const answers = pushAll(
        this.#statements,
        this.#clock,
        spaceId,
        sharing.map(({ push }) => push),
      )
      for (const [index, unit] of sharing.entries()) results.set(unit, answers[index])
    }
    return units.map((unit) => results.get(unit))
  }
}
