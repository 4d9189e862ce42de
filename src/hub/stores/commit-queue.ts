import { setTimeout as sleep } from 'node:timers/promises'
import { coordError } from '../../errors.js'
import { rollBack } from './in-transaction.js'
import type { SqliteDatabase } from './load-sqlite.js'
import { asStoreFault, isSqliteBusy } from './sqlite-fault.js'

/** How long a transaction goes on taking in what waits. Readers of this process wait as long. */
const GROUP_MILLISECONDS = 20

/** How long another process may keep the lock before those who wait here are told. */
const LOCK_MILLISECONDS = 15_000

interface Unit {
  work: () => unknown
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/** What became of a unit, told only after the commit. */
type Outcome = { unit: Unit; failed: boolean; value: unknown }

/**
 * The one writer of a SQLite store. What waits is done in one transaction, because the disk takes as long to make
 * one push durable as to make twenty so; each caller is answered only after the commit that has its work.
 */
export class CommitQueue {
  readonly #database: SqliteDatabase
  readonly #name: string
  #waiting: Unit[] = []
  #running: Promise<void> | null = null
  #closed = false

  /** @param name of the store, for its errors */
  constructor(database: SqliteDatabase, name: string) {
    this.#database = database
    this.#name = name
  }

  /** Runs work (synchronous, all or nothing) inside a transaction and gives its result once that is durable. */
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
    while (this.#waiting.length > 0) {
      try {
        await this.#begin()
      } catch (thrown) {
        this.#refuse(this.#waiting.splice(0), thrown)
        continue
      }
      this.#group()
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

  /** One transaction, from after its begin to its end, in one go: no reader of this process sees into it. */
  #group(): void {
    const outcomes: Outcome[] = []
    const end = performance.now() + GROUP_MILLISECONDS
    let current: Unit | undefined
    try {
      do {
        current = this.#waiting.shift()
        if (current !== undefined) outcomes.push(this.#attempt(current))
        current = undefined
      } while (this.#waiting.length > 0 && performance.now() < end)
      this.#database.exec('COMMIT')
    } catch (thrown) {
      rollBack(this.#database)
      const units = outcomes.map(({ unit }) => unit)
      this.#refuse(current === undefined ? units : [...units, current], thrown)
      return
    }
    for (const { unit, failed, value } of outcomes) {
      if (failed) unit.reject(asStoreFault(value, this.#name))
      else unit.resolve(value)
    }
  }

  /** A unit that throws takes back its own work and nobody else’s. */
  #attempt(unit: Unit): Outcome {
    this.#database.exec('SAVEPOINT unit')
    try {
      const value = unit.work()
      this.#database.exec('RELEASE unit')
      return { unit, failed: false, value }
    } catch (thrown) {
      try {
        this.#database.exec('ROLLBACK TO unit; RELEASE unit')
      } catch {
        // The fault was so grave that SQLite has ended the transaction: all who share it have failed by it.
        throw thrown
      }
      return { unit, failed: true, value: thrown }
    }
  }

  #refuse(units: readonly Unit[], reason: unknown): void {
    for (const unit of units) unit.reject(asStoreFault(reason, this.#name))
  }
}
