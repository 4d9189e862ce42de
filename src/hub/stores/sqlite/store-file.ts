import { statSync } from 'node:fs'
import { coordError, problemOf } from '../../../base/errors.js'

/**
 * The file of a store that is open, and its write-ahead log. A process goes on with a file that somebody has deleted, or put another
 * one in the place of: what it writes from then on is in a file without a name, and gone with the process.
 */
export class StoreFile {
  /** `null`: it was not there yet. */
  readonly #known = new Map<string, string | null>()

  constructor(readonly path: string) {
    for (const name of [path, `${path}-wal`]) this.#known.set(name, identityOf(name))
  }

  /** Throws `STORE_FAILED` where another file bears its name, or none, or it cannot be told. */
  assertThere(): void {
    for (const [name, known] of this.#known) {
      const found = this.#find(name)
      if (known === null) this.#known.set(name, found)
      else if (found !== known) {
        const what = found === null ? 'deleted' : 'replaced'
        throw coordError(
          'STORE_FAILED',
          this.path,
          `${name} was ${what} while it was open; the hub has to be started anew`,
        )
      }
    }
  }

  #find(name: string): string | null {
    try {
      return identityOf(name)
    } catch (error) {
      throw coordError('STORE_FAILED', this.path, problemOf(error))
    }
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : `${stats.dev} ${stats.ino}`
}
