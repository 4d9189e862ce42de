import type { Kind } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import { type Copy, cameAt } from '../entry.js'
import type { IgnoredFile } from '../record-files.js'
import type { Repo } from '../repo.js'
import { CopyMemory } from './copy-memory.js'
import { fingerprintOf } from './fingerprint.js'
import { holdPaths } from './hold-paths.js'
import type { IndexDatabase } from './index-database.js'
import { IndexDamaged } from './index-fault.js'
import { NEVER } from './layout.js'
import { areFew, mentionsIn } from './mentions.js'
import { rankOf } from './ranked.js'
import type { LookedAt } from './up-to-date.js'

/** A directory of record files. */
export interface Place extends LookedAt {
  readonly kind: Kind
}

/** What was found in a file, for as long as its signature stays. */
export interface FileReading {
  readonly name: string
  /** `null`: too young to be trusted, or what was found is no judgement on the file. */
  readonly signature: string | null
  readonly copy: Copy | null
  readonly fault: string | null
}

interface Row {
  readonly id: unknown
  readonly name: unknown
  readonly record_id: unknown
  readonly run_id: unknown
  readonly payload: unknown
  readonly expires_at: unknown
  readonly position: unknown
  readonly author: unknown
  readonly token: unknown
  readonly received_at: unknown
  readonly arrived_at: unknown
}

const COLUMNS = 'id, name, record_id, run_id, payload, expires_at, position, author, token, received_at, arrived_at'

export function placesOf(kind: Kind): readonly [Place, Place] {
  const fingerprint = fingerprintOf(kind)
  return [
    { kind, fingerprint, origin: 'local', directory: kind.directory },
    { kind, fingerprint, origin: 'remote', directory: `remote/${kind.name}` },
  ]
}

/** The number of a directory's row; `null`: it was never listed. */
function directoryId(database: IndexDatabase, { directory }: Place): number | null {
  return database.get<{ id: number }>('SELECT id FROM directories WHERE path = ?', directory)?.id ?? null
}

/** Which rows are read: see README.md. */
export type Selection =
  | { readonly of: 'all' }
  /** Kept at a time, of what had come by another one; and those of some record ids whatever their time. */
  | {
      readonly of: 'kept'
      readonly now: number
      readonly cameUntil: number
      readonly including: readonly string[]
    }
  | { readonly of: 'records'; readonly recordIds: readonly string[] }

/**
 * The copies in one directory, in no order.
 *
 * @param memory what was read before; `null`: nothing is kept
 */
export function readCopies(
  repo: Repo,
  database: IndexDatabase,
  place: Place,
  selection: Selection,
  memory: CopyMemory | null = null,
): Copy[] {
  const directory = directoryId(database, place)
  if (directory === null) return []
  if (memory === null) {
    return rowsOf<Row>(database, COLUMNS, directory, selection).map((row) => copyOf(repo, place, row))
  }
  // As one text: thousands of rows would be as many objects, of which all but a few are known.
  const found = rowsOf<{ ids: string }>(database, 'json_group_array(id) AS ids', directory, selection)
  const ids = found.flatMap(({ ids }): number[] => JSON.parse(ids))
  return memory.copiesOf(database, ids, (unknown) => {
    const rows = database.all<Row>(
      `SELECT ${COLUMNS} FROM files WHERE id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(unknown),
    )
    return new Map(rows.map((row) => [Number(row.id), copyOf(repo, place, row)]))
  })
}

function rowsOf<Found>(database: IndexDatabase, columns: string, directory: number, selection: Selection): Found[] {
  const select = `SELECT ${columns} FROM files WHERE directory = ? AND record_id IS NOT NULL`
  if (selection.of === 'all') return database.all(select, directory)
  if (selection.of === 'records') {
    // The plus keeps SQLite from going through the whole directory.
    const byRecord = select.replace('directory = ?', '+directory = ?')
    const among = `${byRecord} AND record_id IN (SELECT value FROM json_each(?))`
    return database.all<Found>(among, directory, JSON.stringify(selection.recordIds))
  }
  const { now, cameUntil } = selection
  const kept = database.all<Found>(`${select} AND kept_until > ? AND came_at <= ?`, directory, now, cameUntil)
  if (selection.including.length === 0) return kept
  const others = `SELECT ${columns} FROM files WHERE +directory = ?
    AND record_id IN (SELECT value FROM json_each(?)) AND kept_until <= ?`
  return [...kept, ...database.all<Found>(others, directory, JSON.stringify(selection.including), now)]
}

function copyOf(repo: Repo, { kind, origin, directory }: Place, row: Row): Copy {
  const { name, record_id: recordId, run_id: runId, arrived_at: arrivedAt } = row
  if (typeof name !== 'string' || typeof recordId !== 'string' || typeof runId !== 'string') throw new IndexDamaged()
  if (typeof arrivedAt !== 'number') throw new IndexDamaged()
  return {
    kind: kind.name,
    recordId,
    runId,
    payload: payloadOf(row.payload),
    expiresAt: textOrNull(row.expires_at),
    origin,
    id: numberOrNull(row.position),
    author: textOrNull(row.author),
    token: numberOrNull(row.token),
    receivedAt: textOrNull(row.received_at),
    file: `${repo.coordinationDirectory}/${directory}/${name}`,
    arrivedAt,
  }
}

function payloadOf(text: unknown): JsonObject {
  if (typeof text !== 'string') throw new IndexDamaged()
  try {
    return JSON.parse(text)
  } catch {
    throw new IndexDamaged()
  }
}

function textOrNull(value: unknown): string | null {
  if (value !== null && typeof value !== 'string') throw new IndexDamaged()
  return value
}

function numberOrNull(value: unknown): number | null {
  if (value !== null && typeof value !== 'number') throw new IndexDamaged()
  return value
}

/** The files of a directory that hold no record, and why. */
export function readFaults(repo: Repo, database: IndexDatabase, place: Place): IgnoredFile[] {
  const id = directoryId(database, place)
  if (id === null) return []
  return database
    .all<{ name: string; fault: string }>('SELECT name, fault FROM files WHERE directory = ? AND fault IS NOT NULL', id)
    .map(({ name, fault }) => ({ path: `${repo.coordinationDirectory}/${place.directory}/${name}`, reason: fault }))
}

/** The ids of the records in a directory that begin with a text, and maybe others. */
export function readIds(database: IndexDatabase, place: Place, beginning: string): string[] {
  const id = directoryId(database, place)
  if (id === null) return []
  const rows =
    beginning === ''
      ? database.all<{ record_id: string }>(
          'SELECT record_id FROM files WHERE directory = ? AND record_id IS NOT NULL',
          id,
        )
      : database.all<{ record_id: string }>(
          'SELECT record_id FROM files WHERE +directory = ? AND record_id >= ? AND record_id < ?',
          id,
          beginning,
          `${beginning}\u{10ffff}`,
        )
  return rows.map(({ record_id }) => record_id)
}

/** What is being changed in the rows of files, and what that has to do with other records. */
export class FileChanges {
  /** Records that came, changed or went. */
  readonly records = new Set<string>()
  /** Records that those mention, or did. */
  readonly mentioned = new Set<string>()
  /** What was put: whoever judges it need not read the rows. */
  readonly copies = new CopyMemory()
  readonly #database: IndexDatabase
  #nextId: number
  readonly #mentions: [string, number][] = []
  readonly #holdPaths: [string, number][] = []

  constructor(database: IndexDatabase) {
    this.#database = database
    // Also the number of a row that has gone is never given again: a process may remember what stood in it.
    this.#nextId = Number(
      database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'next_file'`)?.value ?? 1,
    )
    if (!Number.isSafeInteger(this.#nextId)) throw new IndexDamaged('says of no number what its next file is')
  }

  /**
   * Remembers what was read of a file.
   *
   * @param isKnown there may be a row of it
   */
  put(
    { kind }: Place,
    directory: number,
    { name, signature, fault, copy }: FileReading,
    isKnown: boolean | number,
  ): void {
    if (isKnown) this.remove(kind, directory, name)
    const id = this.#nextId++
    this.#database.run(
      `INSERT INTO files (id, directory, name, signature, fault, record_id, run_id, payload, expires_at, position, author,
        token, received_at, arrived_at, came_at, rank) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      directory,
      name,
      signature,
      fault,
      copy?.recordId ?? null,
      copy?.runId ?? null,
      copy === null ? null : JSON.stringify(copy.payload),
      copy?.expiresAt ?? null,
      copy?.id ?? null,
      copy?.author ?? null,
      copy?.token ?? null,
      copy?.receivedAt ?? null,
      copy?.arrivedAt ?? null,
      copy && cameAt(copy),
      copy && rankOf(kind, copy.payload),
    )
    if (copy === null) return
    this.copies.note(this.#database, id, copy)
    const mentions = this.#stir(kind, copy)
    if (areFew(mentions)) for (const target of mentions) this.#mentions.push([target, id])
    for (const path of holdPaths(kind, copy)) this.#holdPaths.push([path, id])
  }

  /** Forgets a file that is gone, or is about to be read anew. */
  remove(kind: Kind, directory: number, name: string): void {
    const row = this.#database.get<{ id: number; record_id: string | null; payload: string }>(
      'DELETE FROM files WHERE directory = ? AND name = ? RETURNING id, record_id, payload',
      directory,
      name,
    )
    if (row === undefined || row.record_id === null) return
    const record = { recordId: row.record_id, payload: payloadOf(row.payload) }
    const mentions = this.#stir(kind, record)
    for (const target of areFew(mentions) ? mentions : []) {
      this.#database.run('DELETE FROM mentions WHERE target = ? AND file = ?', target, row.id)
    }
    for (const path of holdPaths(kind, record)) {
      this.#database.run('DELETE FROM hold_paths WHERE path = ? AND file = ?', path, row.id)
    }
  }

  /** Called once, when all is put and removed. */
  finish(): void {
    this.#database.run(`INSERT OR REPLACE INTO meta VALUES ('next_file', ?)`, String(this.#nextId))
    this.#database.run(
      'INSERT OR IGNORE INTO mentions SELECT value ->> 0, value ->> 1 FROM json_each(?)',
      JSON.stringify(this.#mentions),
    )
    this.#database.run(
      'INSERT OR IGNORE INTO hold_paths SELECT value ->> 0, value ->> 1 FROM json_each(?)',
      JSON.stringify(this.#holdPaths),
    )
  }

  #stir(kind: Kind, { recordId, payload }: Pick<Copy, 'recordId' | 'payload'>): ReadonlySet<string> {
    const mentions = mentionsIn(kind, recordId, payload)
    this.records.add(recordId)
    for (const id of mentions) this.mentioned.add(id)
    return mentions
  }
}

/** What a record's rows say of its end; `undefined`: there is no such record. */
export function readEnd(
  database: IndexDatabase,
  places: readonly Place[],
  recordId: string,
): number | null | undefined {
  const row = database.get<{ end: number | null }>(
    `SELECT max(ends_at) AS end FROM files WHERE record_id = ?
      AND directory IN (SELECT id FROM directories WHERE path IN (SELECT value FROM json_each(?)))`,
    recordId,
    JSON.stringify(places.map(({ directory }) => directory)),
  )
  if (typeof row?.end !== 'number') return undefined
  return row.end === NEVER ? null : row.end
}
