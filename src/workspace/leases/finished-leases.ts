import fs from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../../base/errors.js'
import { assertNoLinks } from '../../files/assert-no-links.js'
import { readText } from '../../files/read-text.js'
import { isSafeRecordId } from '../../record/record.js'
import type { Repo } from '../repo.js'

const APPEND = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0)
const MAX_MEMO_BYTES = 64 * 1024 * 1024

/**
 * Which leases of a kind are known to be finished for good, so that nobody has to read their records again: one id a line,
 * with a full stop, in `.muse/coordination/.sync/finished/<kind>`, only ever appended to. What is missing there is found
 * out anew.
 */
export class FinishedLeases {
  readonly #repo: Repo
  readonly #path: string
  #ids: Set<string> | undefined

  constructor(repo: Repo, kind: string) {
    this.#repo = repo
    this.#path = join(repo.coordinationDirectory, '.sync', 'finished', kind)
  }

  /** @throws `LINK_REFUSED` */
  get ids(): ReadonlySet<string> {
    if (this.#ids === undefined) {
      assertNoLinks(this.#repo.root, this.#path)
      const reading = readText(this.#path, { maxBytes: MAX_MEMO_BYTES })
      this.#ids = new Set('text' in reading ? reading.text.split('\n').flatMap(idIn) : [])
    }
    return this.#ids
  }

  /** Remembers more of them. Throws `FILE_FAILED`, `LINK_REFUSED`. */
  add(ids: readonly string[]): void {
    const known = this.ids
    const fresh = ids.filter((id) => !known.has(id))
    if (fresh.length === 0) return
    try {
      fs.mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 })
      const descriptor = fs.openSync(this.#path, APPEND, 0o600)
      try {
        // A line end first: the one before may have lost its own.
        fs.writeFileSync(descriptor, `\n${fresh.map((id) => `${id}.\n`).join('')}`)
      } finally {
        fs.closeSync(descriptor)
      }
    } catch (error) {
      throw fileError(this.#path, error)
    }
    this.#ids = new Set([...known, ...fresh])
  }
}

/** A line that a kill cut off has no full stop; without it the beginning of one id could pass for another. */
function idIn(line: string): string[] {
  const id = line.slice(0, -1)
  return line.endsWith('.') && isSafeRecordId(id) ? [id] : []
}
