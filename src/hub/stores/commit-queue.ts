import { setTimeout as sleep } from 'node:timers/promises'
import { coordError } from '../../base/errors.js'
import type { SqliteDatabase } from '../../files/load-sqlite.js'
import { rollBack } from './in-transaction.js'
import { asStoreFault, isSqliteBusy } from './sqlite/sqlite-fault.js'

/** How long a transaction goes on taking in what waits. Readers of this process wait as long. */
const GROUP_MILLISECONDS = 20

/** How long another process may keep the lock before those who wait here are told. */
const LOCK_MILLISECONDS = 15_000

interface Unit {
  work: () => unknown
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/**
 * The one writer of a SQLite store. What waits is done in one transaction, because the disk takes as long to make
 * one push durable as to make twenty so; each caller is answered only after the commit that has its work.
 */
export class CommitQueue {
  readonly #database: SqliteDatabase
  readonly #name: string
  #waiting: Unit[] = []
  /** Units of a group that failed: each is done alone now, so that only the one at fault fails. */
  #alone: Unit[] = []
  #running: Promise<void> | null = null
  #closed = false

  /** @param name of the store, for its errors */
  constructor(database: SqliteDatabase, name: string) {
    this.#database = database
    this.#name = name
  }

  /**
   * Does work inside a transaction and gives its result once that is durable.
   *
   * @param work synchronous, touches the database only, and can be done again: a transaction may be taken back
   */
  write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(coordError('STORE_FAILED', this.#name, 'it is closed'))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#running ??= this.#run()
    })
  }

  /** Takes nothing more, and resolves when what waits is done: to `false` where that was so before. */
  async close(): Promise<boolean> {
    const first = !this.#closed
    this.#closed = true
    await this.#running
    return first
  }

  async #run(): Promise<void> {
    // The requests that the event loop has at hand come first, so that they share the commit.
    await new Promise(setImmediate)
    while (this.#alone.length + this.#waiting.length > 0) {
      try {
        await this.#begin()
      } catch (thrown) {
        this.#refuse([...this.#alone.splice(0), ...this.#waiting.splice(0)], thrown)
        continue
      }
      if (this.#alone.length > 0) this.#commit(this.#alone.splice(0, 1))
      else this.#commit(this.#waiting)
    }
    this.#running = null
  }

  /** Waits for other processes without holding up this one. */
  async #begin(): Promise<void> {
    const patience = performance.now() + LOCK_MILLISECONDS
    for (let pause = 1; ; pause = Math.min(pause * 1.5, 10)) {
      try {
        this.#database.exec('BEGIN IMMEDIATE')
        return
      } catch (thrown) {
        if (!isSqliteBusy(thrown) || performance.now() > patience) throw thrown
      }
      await sleep(pause * (0.5 + Math.random()))
    }
  }

  /** Does units from the front of a queue until its time is up, in one go: no reader of this process sees into it. */
  #commit(queue: Unit[]): void {
    const group: Unit[] = []
    const values: unknown[] = []
    const end = performance.now() + GROUP_MILLISECONDS
    try {
      do {
        const unit = queue.shift() as Unit
        group.push(unit)
        values.push(unit.work())
      } while (queue.length > 0 && performance.now() < end)
      this.#database.exec('COMMIT')
    } catch (thrown) {
      rollBack(this.#database)
      // Not savepoints instead: with them SQLite copies each page that a push changes.
      if (group.length > 1) this.#alone.push(...group)
      else this.#refuse(group, thrown)
      return
    }
    for (const [index, unit] of group.entries()) unit.resolve(values[index])
  }

  #refuse(units: readonly Unit[], reason: unknown): void {
    for (const unit of units) unit.reject(asStoreFault(reason, this.#name))
  }
}
