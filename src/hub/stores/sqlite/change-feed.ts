import type { SqliteDatabase, SqliteStatement } from '../../../files/load-sqlite.js'
import type { ChangeListener } from '../record-store.js'

/** SQLite tells nobody of a commit, but what asks costs microseconds. */
const ASK_MILLISECONDS = 10

/** Commits of other processes on the same file: asked for while anybody listens. */
export class SqliteChangeFeed {
  readonly #version: SqliteStatement
  readonly #ends: SqliteStatement
  readonly #listeners = new Set<ChangeListener>()
  readonly #known = new Map<number, number>()
  #timer: NodeJS.Timeout | null = null
  #seenVersion: unknown

  constructor(database: SqliteDatabase) {
    // Changes whenever another connection has committed, and is read from shared memory.
    this.#version = database.prepare('PRAGMA data_version')
    this.#ends = database.prepare('SELECT space_id AS spaceId, last_id AS lastId FROM spaces')
  }

  listen(listener: ChangeListener): () => void {
    if (this.#listeners.size === 0) {
      this.#look()
      this.#timer = setInterval(() => this.#ask(), ASK_MILLISECONDS).unref()
    }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  close(): void {
    this.#listeners.clear()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #ask(): void {
    try {
      if (this.#readVersion() === this.#seenVersion) return
      for (const { spaceId, lastId } of this.#look()) {
        for (const listener of this.#listeners) listener.changed(spaceId, lastId)
      }
    } catch {
      // Busy, or a disk that fails: the next round asks again, and those who listen look for themselves meanwhile.
      this.#seenVersion = undefined
      for (const listener of this.#listeners) listener.gap()
    }
  }

  /** Spaces that have grown since the last look. */
  #look(): { spaceId: number; lastId: number }[] {
    // The version first: what commits between the two is looked at twice and not passed over.
    this.#seenVersion = this.#readVersion()
    const ends = this.#ends.all() as { spaceId: number; lastId: number }[]
    const grown = ends.filter(({ spaceId, lastId }) => lastId !== (this.#known.get(spaceId) ?? 0))
    for (const { spaceId, lastId } of grown) this.#known.set(spaceId, lastId)
    return grown
  }

  #readVersion(): unknown {
    return (this.#version.get() as { data_version: unknown }).data_version
  }
}
