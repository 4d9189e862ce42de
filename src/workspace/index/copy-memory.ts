import type { Copy } from '../entry.js'
import type { IndexDatabase } from './index-database.js'

/** So many copies are kept at least; twice as many at most. */
const KEPT = 50_000

/**
 * Copies by the row that they were read from, for a process that looks again and again: a row is written once, and its number
 * is never given to another, so only rows that came since are read.
 */
export class CopyMemory {
  #database: IndexDatabase | null = null
  #recent = new Map<number, Copy>()
  #before = new Map<number, Copy>()

  /** The copies of some rows. `read` is called once with the numbers that are not known, and answers as many as are left. */
  copiesOf(
    database: IndexDatabase,
    ids: readonly number[],
    read: (ids: readonly number[]) => Map<number, Copy>,
  ): Copy[] {
    this.#of(database)
    const unknown = ids.filter((id) => !this.#recent.has(id) && !this.#before.has(id))
    const fresh = unknown.length === 0 ? new Map<number, Copy>() : read(unknown)
    const found = ids.flatMap((id) => {
      const copy = fresh.get(id) ?? this.#recent.get(id) ?? this.#before.get(id)
      return copy === undefined ? [] : [{ id, copy }]
    })
    // Only now: to keep one may let go of others that are asked for.
    for (const { id, copy } of found) this.#keep(id, copy)
    return found.map(({ copy }) => copy)
  }

  /** Remembers a copy as it was just written into a row. */
  note(database: IndexDatabase, id: number, copy: Copy): void {
    this.#of(database)
    this.#keep(id, copy)
  }

  /** Another index counts anew. */
  #of(database: IndexDatabase): void {
    if (this.#database === database) return
    this.#database = database
    this.#recent.clear()
    this.#before.clear()
  }

  #keep(id: number, copy: Copy): void {
    if (this.#recent.has(id)) return
    this.#recent.set(id, copy)
    if (this.#recent.size < KEPT) return
    this.#before = this.#recent
    this.#recent = new Map()
  }
}
