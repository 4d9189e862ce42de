import type { Folder } from '../../files/folder.js'
import { isJsonObject, type JsonObject } from '../../record/record.js'
import { signatureOf } from '../record-files.js'
import type { Repo } from '../repo.js'

/** What a push or a pull had to say of one record, and what still holds of it. */
export interface Remark {
  readonly by: 'push' | 'pull'
  /** `refused`: for what it is. `conflict`: because of what the hub has. `schema`: it is sent, and breaks its kind's schema. */
  readonly what: 'refused' | 'conflict' | 'schema'
  readonly kind: string
  readonly recordId: string
  readonly reason: string
  /** What was sent, as it was then: its name under `.muse/coordination/`; `null` for what came from a hub. */
  readonly file: { readonly name: string; readonly signature: string } | null
}

/** All that is remembered of a space. */
export interface Remembered {
  readonly remarks: readonly Remark[]
  /** How many more there were of each than are remembered. */
  readonly leftOut: Readonly<Record<Remark['by'], number>>
}

const FILE = 'remarks.json'
/** Of a push and of a pull each. */
const MOST = 200
const MAX_REASON = 500
const MAX_BYTES = 2 * 1024 * 1024
const NONE: Remembered = { remarks: [], leftOut: { push: 0, pull: 0 } }

/**
 * What pushes to and pulls from a space have said of records, as far as it still holds: what was said of a file that has
 * changed since says nothing any more.
 *
 * @param folder of the space's state
 */
export function readRemarks(repo: Repo, folder: Folder): Remembered {
  const { remarks, leftOut } = readAll(folder)
  return { remarks: remarks.filter((remark) => isAsItWas(repo, remark)), leftOut }
}

/** What one push or pull has to say, and what it makes void of what was said before. */
export class Remarks {
  readonly #repo: Repo
  readonly #folder: Folder
  readonly #by: Remark['by']
  /** The names of the records of which something was said before: most pushes and pulls have none, and note nothing. */
  readonly #named: ReadonlySet<string>
  readonly #passed = new Set<string>()
  #found: Remark[] = []

  /** @param folder of the space's state */
  constructor(repo: Repo, folder: Folder, by: Remark['by']) {
    this.#repo = repo
    this.#folder = folder
    this.#by = by
    this.#named = new Set(readAll(folder).remarks.map(nameOf))
  }

  add(remark: Omit<Remark, 'by'>): void {
    this.#found.push({ ...remark, by: this.#by, reason: remark.reason.slice(0, MAX_REASON) })
  }

  /** A record has gone through. */
  pass(record: Pick<Remark, 'kind' | 'recordId'>): void {
    const name = nameOf(record)
    if (this.#named.has(name)) this.#passed.add(name)
  }

  /** Drops what this one has found: everything is looked at once more. */
  restart(): void {
    this.#found = []
  }

  /**
   * Remembers it. Throws `FILE_FAILED`.
   *
   * @param anew the kinds that were gone through from the start, so that what was said before counts no more; `null`: all
   */
  save(anew: readonly string[] | null = []): void {
    const before = readAll(this.#folder)
    const keys = new Set(this.#found.map(keyOf))
    const stands = (remark: Remark) =>
      anew !== null &&
      !anew.includes(remark.kind) &&
      !keys.has(keyOf(remark)) &&
      (remark.what === 'schema' || !this.#passed.has(nameOf(remark))) &&
      isAsItWas(this.#repo, remark)
    const others = before.remarks.filter(({ by }) => by !== this.#by)
    const own = [...before.remarks.filter((remark) => remark.by === this.#by && stands(remark)), ...this.#found]
    const overflow = Math.max(0, own.length - MOST)
    // A push says again what is refused; what a pull was given once does not come again.
    const known = this.#by === 'pull' && anew !== null ? before.leftOut.pull : 0
    const leftOut = { ...before.leftOut, [this.#by]: known + overflow }
    const after: Remembered = { remarks: [...others, ...own.slice(overflow)], leftOut }
    if (JSON.stringify(after) === JSON.stringify(before)) return
    if (after.remarks.length === 0) this.#folder.remove(FILE)
    else this.#folder.write(FILE, `${JSON.stringify({ schema_version: '1', ...after })}\n`)
  }
}

/** The name of a record among those of all kinds: `task/t1`. */
function nameOf({ kind, recordId }: Pick<Remark, 'kind' | 'recordId'>): string {
  return `${kind}/${recordId}`
}

/** That a record breaks its schema can be said beside what the hub says of it. */
function keyOf({ by, what, kind, recordId, file }: Remark): string {
  return [by, what === 'schema', kind, recordId, file?.name].join('\n')
}

function isAsItWas(repo: Repo, { file }: Remark): boolean {
  if (file === null) return true
  const stats = repo.coordination.stat(file.name)
  return stats !== null && signatureOf(stats) === file.signature
}

/** A file that is damaged remembers nothing: what a push says it says again. */
function readAll(folder: Folder): Remembered {
  const reading = folder.read(FILE, MAX_BYTES)
  if ('fault' in reading) return NONE
  let document: unknown
  try {
    document = JSON.parse(reading.text)
  } catch {
    return NONE
  }
  if (!isJsonObject(document) || !Array.isArray(document.remarks)) return NONE
  const leftOut = isJsonObject(document.leftOut) ? document.leftOut : {}
  return {
    remarks: document.remarks.filter(isRemark),
    leftOut: { push: countOf(leftOut.push), pull: countOf(leftOut.pull) },
  }
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : 0
}

function isRemark(value: unknown): value is Remark {
  if (!isJsonObject(value)) return false
  const { by, what, kind, recordId, reason, file } = value
  const areTexts = [by, what, kind, recordId, reason].every((text) => typeof text === 'string')
  return areTexts && (file === null || isFile(file))
}

function isFile(value: unknown): boolean {
  const isTextual = ({ name, signature }: JsonObject) => typeof name === 'string' && typeof signature === 'string'
  return isJsonObject(value) && isTextual(value)
}
