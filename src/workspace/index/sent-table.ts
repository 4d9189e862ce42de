import type { IndexDatabase } from './index-database.js'
import type { StoreIndex } from './store-index.js'

/** Names what a space has of a directory. */
export interface SentKey {
  /** The directory of the space's state. */
  readonly space: string
  readonly kind: string
  /** Under `.muse/coordination/`. */
  readonly directory: string
  /** Of the sync state: what was remembered with another one is about a hub that is gone. */
  readonly generation: string
}

/** What held when a directory had been looked through: the work of the next look, if nothing came or went since. */
export interface Checkpoint {
  readonly signature: string | null
  readonly fileCount: number
  /** The name after which the next slice begins; `''`: from the start. */
  readonly slice: string
}

/** What a space has of a file. */
export interface SentFile {
  readonly name: string
  /** `null`: its content has to be compared. */
  readonly signature: string | null
  readonly recordId: string | null
  /** `null`: the space has not taken it. */
  readonly hash: string | null
  /** `null`: its record has none. */
  readonly revision: number | null
}

/** What a space has of a file that is as it was when it was read. */
export interface TrustedFile {
  readonly signature: string
  readonly recordId: string | null
}

interface LookRow {
  readonly id: number
  readonly signature: string | null
  readonly file_count: number
  readonly slice: string
}

const COLUMNS = 'name, signature, record_id AS recordId, hash, revision'

/** The rows of `looks` and `sent` that are about one directory and one space. Without an index it remembers nothing. */
export class SentTable {
  readonly #index: StoreIndex
  readonly #key: SentKey
  #look: LookRow | null | undefined

  constructor(index: StoreIndex, key: SentKey) {
    this.#index = index
    this.#key = key
  }

  get space(): string {
    return this.#key.space
  }

  /** As it was when it was first asked for. */
  get checkpoint(): Checkpoint | null {
    const look = this.#opened()
    return look && { signature: look.signature, fileCount: look.file_count, slice: look.slice }
  }

  /** By name, the files that are known and trusted. */
  trusted(): ReadonlyMap<string, TrustedFile> {
    const rows = this.#all<TrustedFile & { name: string }>(
      'name, signature, record_id AS recordId',
      'signature IS NOT NULL',
    )
    return new Map(rows.map(({ name, ...file }) => [name, file]))
  }

  /** The names of these. As one text: a hundred thousand rows would be as many objects. */
  trustedNames(): ReadonlySet<string> {
    const [all] = this.#all<{ names: string }>('json_group_array(name) AS names', 'signature IS NOT NULL')
    return new Set(all === undefined ? [] : (JSON.parse(all.names) as string[]))
  }

  /** Names of the files that have to be looked at each time: too young, refused, broken. */
  suspects(): readonly string[] {
    return this.#all<{ name: string }>('name', 'signature IS NULL').map(({ name }) => name)
  }

  /** Up to so many files that are trusted, in the order of their names, after a name. */
  slice(after: string, count: number): readonly SentFile[] {
    return this.#all(COLUMNS, 'signature IS NOT NULL AND name > ? ORDER BY name LIMIT ?', after, count)
  }

  /** By name, the revisions of the records in files. */
  revisions(): ReadonlyMap<string, number> {
    const rows = this.#all<{ name: string; revision: number }>('name, revision', 'revision IS NOT NULL')
    return new Map(rows.map(({ name, revision }) => [name, revision]))
  }

  find(name: string): SentFile | undefined {
    return this.#all<SentFile>(COLUMNS, 'name = ?', name)[0]
  }

  /** The files that hold a record id, whatever they are called. */
  ofRecord(recordId: string): readonly SentFile[] {
    const byName = this.find(`${recordId}.json`)
    const otherwise = `record_id = ? AND record_id IS NOT NULL AND name <> record_id || '.json'`
    const others = this.#all<SentFile>(COLUMNS, otherwise, recordId)
    return byName?.recordId === recordId ? [byName, ...others] : others
  }

  /** Remembers what the space has taken. Does nothing when another process has begun anew since this one first looked. */
  put(files: readonly SentFile[]): void {
    this.#change((database, look) => {
      const rows = files.map(({ name, signature, recordId, hash, revision }) => [
        name,
        signature,
        recordId,
        hash,
        revision,
      ])
      database.run(
        `INSERT OR REPLACE INTO sent SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
          FROM json_each(?)`,
        look,
        JSON.stringify(rows),
      )
    })
  }

  /**
   * Leaves a checkpoint for the next look.
   *
   * @param suspects names of all files that have to be looked at each time
   * @param present names of all files, where those that are gone shall be forgotten
   */
  finish({ signature, fileCount, slice }: Checkpoint, suspects: readonly string[], present?: readonly string[]): void {
    this.#change((database, look) => {
      const names = JSON.stringify(suspects)
      database.run(
        `DELETE FROM sent WHERE look = ? AND signature IS NULL AND name NOT IN (SELECT value FROM json_each(?))`,
        look,
        names,
      )
      database.run(
        `INSERT INTO sent (look, name) SELECT ?, value FROM json_each(?) WHERE true
          ON CONFLICT (look, name) DO UPDATE SET signature = NULL`,
        look,
        names,
      )
      if (present !== undefined) {
        database.run(
          'DELETE FROM sent WHERE look = ? AND name NOT IN (SELECT value FROM json_each(?))',
          look,
          JSON.stringify(present),
        )
      }
      database.run(
        'UPDATE looks SET signature = ?, file_count = ?, slice = ? WHERE id = ?',
        signature,
        fileCount,
        slice,
        look,
      )
    })
  }

  /** Moves the slice of the checkpoint, and nothing else. */
  moveSlice(slice: string): void {
    this.#change((database, look) => database.run('UPDATE looks SET slice = ? WHERE id = ?', slice, look))
  }

  #all<Row>(columns: string, where: string, ...values: (string | number)[]): Row[] {
    const look = this.#opened()
    if (look === null) return []
    const sql = `SELECT ${columns} FROM sent WHERE look = ? AND ${where}`
    return this.#index.read((database) => database.all<Row>(sql, look.id, ...values)) ?? []
  }

  #opened(): LookRow | null {
    if (this.#look === undefined) {
      this.#look = this.#index.read((database) => lookOf(database, this.#key)) ?? null
    }
    return this.#look
  }

  #change(act: (database: IndexDatabase, look: number) => void): void {
    const known = this.#opened()
    this.#index.change((database) => {
      const present = lookOf(database, this.#key)
      if (known !== null && present?.id !== known.id) return
      const look = present ?? beginLook(database, this.#key)
      this.#look = look
      act(database, look.id)
    })
  }
}

function lookOf(database: IndexDatabase, { space, kind, directory, generation }: SentKey): LookRow | null {
  return (
    database.get<LookRow>(
      `SELECT id, signature, file_count, slice FROM looks
        WHERE space = ? AND kind = ? AND directory = ? AND generation = ?`,
      space,
      kind,
      directory,
      generation,
    ) ?? null
  )
}

/** What was remembered with another generation goes. */
function beginLook(database: IndexDatabase, { space, kind, directory, generation }: SentKey): LookRow {
  const place = 'space = ? AND kind = ? AND directory = ?'
  database.run(`DELETE FROM sent WHERE look IN (SELECT id FROM looks WHERE ${place})`, space, kind, directory)
  database.run(`DELETE FROM looks WHERE ${place}`, space, kind, directory)
  return database.get<LookRow>(
    `INSERT INTO looks (space, kind, directory, generation) VALUES (?, ?, ?, ?)
      RETURNING id, signature, file_count, slice`,
    space,
    kind,
    directory,
    generation,
  ) as LookRow
}
