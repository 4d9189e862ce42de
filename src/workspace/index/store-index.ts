import { ticks } from '../../base/timer.js'
import type { Repo } from '../repo.js'
import type { IndexDatabase } from './index-database.js'
import { isBusy, judgeIndexFault } from './index-fault.js'
import { BUSY_MILLISECONDS, type IndexFile, openIndexFile, replaceIndexFile } from './index-file.js'

/** Others may change it all the time, and then the files tell the same. */
const DEAF_MILLISECONDS = 800

/**
 * The one door to the index of a store: opens it when it is first asked, and again when another process has begun it anew.
 * It never throws on its own account: whoever is given `undefined` does without, and reads the files.
 */
export class StoreIndex {
  static readonly #ofRepos = new WeakMap<Repo, StoreIndex>()
  /** When this process has last asked after all local files that are kept: milliseconds since 1970. */
  keptAskedAt: number | undefined
  readonly #repo: Repo
  #file: IndexFile | null = null
  #transaction: IndexDatabase | null = null

  private constructor(repo: Repo) {
    this.#repo = repo
  }

  static of(repo: Repo): StoreIndex {
    let index = StoreIndex.#ofRepos.get(repo)
    if (index === undefined) {
      index = new StoreIndex(repo)
      StoreIndex.#ofRepos.set(repo, index)
    }
    return index
  }

  /** Asks what is there, at one moment. `undefined`: there is no index, or none that can be asked. */
  read<T>(ask: (database: IndexDatabase) => T): T | undefined {
    // SQLite locks the file and looks whether it has changed once a transaction, not once a statement.
    return this.#with(false, (database) => this.#transact(database, 'BEGIN', ask))
  }

  /** Changes it, alone and wholly or not at all; made where there is none. `undefined`: it cannot be changed. */
  change<T>(act: (database: IndexDatabase) => T): T | undefined {
    return this.#with(true, (database) => this.#transact(database, 'BEGIN IMMEDIATE', act))
  }

  /**
   * The same, but whoever has to wait for another process asks after each of its changes whether there is anything left to do: it may
   * have found out just that. It hears no interrupt meanwhile, so it gives up in less than a second.
   *
   * @returns whether it is done; `false`: it cannot be changed, or not soon enough
   */
  changeUnless(isDone: (database: IndexDatabase) => boolean, act: (database: IndexDatabase) => void): boolean {
    let version = this.#version()
    for (const waitsSince = ticks(); ; ) {
      const outcome = this.#tryChange(act)
      if (outcome !== 'busy') return outcome === 'done'
      pause()
      const present = this.#version()
      if (present !== version) {
        if (this.read(isDone) === true) return true
        version = present
      }
      if (ticks() - waitsSince > DEAF_MILLISECONDS) return false
    }
  }

  /** Waits for nobody. */
  #tryChange(act: (database: IndexDatabase) => void): 'done' | 'busy' | undefined {
    return this.#with<'done' | 'busy'>(true, (database) => {
      if (this.#transaction === database) act(database)
      else {
        database.exec('PRAGMA busy_timeout = 0')
        try {
          database.run('BEGIN IMMEDIATE')
        } catch (error) {
          if (isBusy(error)) return 'busy'
          throw error
        } finally {
          database.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`)
        }
        this.#finish(database, act)
      }
      return 'done'
    })
  }

  /** Another one whenever another process has changed it. */
  #version(): unknown {
    return this.#with(false, (database) => database.get<{ data_version: unknown }>('PRAGMA data_version')?.data_version)
  }

  /** Which file it is; `null`: none is open. Another one knows its files by other numbers. */
  get identity(): string | null {
    return this.#file === null ? null : `${this.#file.name}:${this.#file.inode}`
  }

  /** Lets go of the file; whoever asks again opens it again. */
  close(): void {
    this.#file?.database.close()
    this.#file = null
  }

  #with<T>(mayCreate: boolean, act: (database: IndexDatabase) => T): T | undefined {
    try {
      const file = this.#opened(mayCreate)
      return file === null ? undefined : act(file.database)
    } catch (error) {
      const fault = judgeIndexFault(error)
      if (fault === 'damaged') this.#replace()
      else if (fault === null) throw error
      return undefined
    }
  }

  /** What is asked while something else is asked or changed belongs to that. */
  #transact<T>(database: IndexDatabase, begin: 'BEGIN' | 'BEGIN IMMEDIATE', act: (database: IndexDatabase) => T): T {
    if (this.#transaction === database) return act(database)
    database.run(begin)
    return this.#finish(database, act)
  }

  /** Does what a transaction was begun for, and ends it. */
  #finish<T>(database: IndexDatabase, act: (database: IndexDatabase) => T): T {
    this.#transaction = database
    try {
      const result = act(database)
      database.run('COMMIT')
      return result
    } catch (error) {
      rollBack(database)
      throw error
    } finally {
      this.#transaction = null
    }
  }

  #opened(mayCreate: boolean): IndexFile | null {
    const file = this.#file
    if (file !== null && this.#repo.sync.stat(file.name)?.ino === file.inode) return file
    this.close()
    this.#file = openIndexFile(this.#repo, mayCreate)
    return this.#file
  }

  #replace(): void {
    const name = this.#file?.name
    try {
      this.close()
      if (name !== undefined) replaceIndexFile(this.#repo, name)
    } catch (error) {
      // The damaged one stays, and is met again; until then the files are read.
      if (judgeIndexFault(error) === null) throw error
    }
  }
}

/** For a time of its own, so that those that wait do not come at once. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 + Math.random() * 10)
}

/** SQLite has done so by itself after some errors, and says so. */
function rollBack(database: IndexDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}
