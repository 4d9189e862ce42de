import type { Repo } from '../repo.js'
import type { IndexDatabase } from './index-database.js'
import { judgeIndexFault } from './index-fault.js'
import { type IndexFile, openIndexFile, replaceIndexFile } from './index-file.js'

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

/** SQLite has done so by itself after some errors, and says so. */
function rollBack(database: IndexDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}
