import type { IncomingRecord, StorePush, StoreRecord } from './record-store.js'
import { bytesOf, type Usage } from './usage.js'

/**
 * What is left for what somebody has already: a lease that could not be renewed for a few bytes would be lost. A new record
 * gets nothing of it.
 */
const CHANGES_FACTOR = 1.1

/** How much more the author of a push may have written of what the store keeps. */
export class Allowance {
  readonly #author: string
  readonly #quota: Usage | undefined
  #records: number
  #bytes: number

  constructor({ author, quota }: Pick<StorePush, 'author' | 'quota'>, used: Usage) {
    this.#author = author
    this.#quota = quota
    this.#records = used.records
    this.#bytes = used.bytes
  }

  /**
   * Counts a record that is about to be written. What takes no more room than it had before always may.
   *
   * @param stored what stands in its place
   * @returns why it may not be written, or `null`
   */
  take(incoming: IncomingRecord, stored: StoreRecord | undefined): string | null {
    const isOwn = stored?.author === this.#author
    const records = isOwn ? 0 : 1
    const bytes = bytesOf(incoming) - (isOwn ? bytesOf(stored) : 0)
    if (this.#quota !== undefined) {
      const most = this.#quota.bytes * (isOwn ? CHANGES_FACTOR : 1)
      if (records > 0 && this.#records + records > this.#quota.records)
        return this.#fault(`${this.#quota.records} records`)
      if (bytes > 0 && this.#bytes + bytes > most) return this.#fault(`${this.#quota.bytes} bytes`)
    }
    this.#records += records
    this.#bytes += bytes
    return null
  }

  #fault(bound: string): string {
    return `is more than this hub keeps for one handle: ${this.#author} may have ${bound}. \`muse-coord auth whoami --usage\` shows how much that is; there is room again when old records have been removed (\`hub sweep\`), or the operator gives more (\`hub serve --help\`)`
  }
}
