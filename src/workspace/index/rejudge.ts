import type { Kind } from '../../kinds/kind.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { entriesOf, entryOf } from '../entries-of.js'
import type { Copy, Entry } from '../entry.js'
import type { Repo } from '../repo.js'
import type { Viewer } from '../viewer.js'
import type { CopyMemory } from './copy-memory.js'
import { type FileChanges, placesOf, readCopies } from './file-table.js'
import type { IndexDatabase } from './index-database.js'
import { indexedCopies } from './indexed-copies.js'
import { NEVER } from './layout.js'
import { fewMentionsIn } from './mentions.js'
import { noteViewer } from './noted-viewer.js'
import { Standing } from './standing.js'

/** Above this many records it is cheaper to judge all than to find out which. */
const MANY = 5000

/** The part of {@link FileChanges} that matters here. */
export type Stir = Pick<FileChanges, 'records' | 'mentioned'> & Partial<Pick<FileChanges, 'copies'>>

/** By whose clock, and from whose side, records are judged. */
export interface Judge {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly viewer: Viewer
}

/** A record that is judged. */
interface Judged {
  readonly kind: Kind
  readonly recordId: string
  readonly endsAt: number
  /** Records of any kind by which this one is kept, beside those of its own id; maybe one twice. */
  readonly mentioned: readonly ReadonlySet<string>[]
  keptUntil: number
}

/**
 * Asks the kinds anew when records end, as far as what has changed can have to do with it, and remembers it. Called inside
 * the transaction that made the changes.
 *
 * @returns the ids of the records that were judged
 */
export function rejudge(
  repo: Repo,
  database: IndexDatabase,
  registry: KindRegistry,
  stir: Stir | 'all',
  { now, viewer }: Judge,
): ReadonlySet<string> | 'all' {
  if (stir !== 'all' && stir.records.size === 0) return stir.records
  const ids = stir === 'all' || stir.records.size > MANY ? null : concernedBy(database, registry, stir)
  // Until they are judged they stand, and so all see each other.
  if (ids === null) database.run(`UPDATE files SET kept_until = ${NEVER} WHERE kept_until <> ${NEVER}`)
  else {
    database.run(
      `UPDATE files SET kept_until = ${NEVER} WHERE kept_until <> ${NEVER}
        AND record_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...ids]),
    )
  }
  const memory = stir === 'all' ? null : (stir.copies ?? null)
  const standing = new Standing(registry, indexedCopies(repo, database, { now }, memory), now, viewer)
  const judged: Judged[] = []
  for (const kind of registry.all) {
    const entries =
      ids === null ? standing.entries(kind.name) : entriesOf(kind, copiesOf(repo, database, kind, ids, memory), now)
    for (const entry of entries) judged.push(judge(standing, kind, entry))
  }
  keepWithOthers(database, registry, judged)
  if (stir === 'all' || standing.hasAskedViewer) noteViewer(database, viewer)
  for (const kind of registry.all) {
    const ends = judged.flatMap((one) => (one.kind === kind ? [[one.recordId, one.endsAt, one.keptUntil]] : []))
    if (ends.length === 0) continue
    // What stays as it is would be written nevertheless, with a page of each index that holds it.
    database.run(
      `UPDATE files SET ends_at = new.value ->> 1, kept_until = new.value ->> 2 FROM json_each(?) AS new
        WHERE files.record_id = new.value ->> 0
          AND (files.ends_at <> new.value ->> 1 OR files.kept_until <> new.value ->> 2)
          AND +files.directory IN (SELECT id FROM directories WHERE path IN (?, ?))`,
      JSON.stringify(ends),
      ...placesOf(kind).map(({ directory }) => directory),
    )
  }
  return ids ?? 'all'
}

/**
 * The ids of the records that changes can have to do with: those that changed, those that these mention or did, and then
 * whoever mentions one of them, for what is judged must meet what others say of it.
 */
export function concernedBy(database: IndexDatabase, registry: KindRegistry, stir: Stir): ReadonlySet<string> {
  const ids = new Set([...stir.records, ...thereAre(database, stir.mentioned)])
  const lookingDirectories = JSON.stringify(registry.all.filter(looksAtOthers).flatMap(directoriesOf))
  for (let fresh = [...ids]; fresh.length > 0; ) {
    const looking = database
      .all<{ record_id: string }>(
        `SELECT DISTINCT record_id FROM files WHERE record_id IN (SELECT value FROM json_each(?))
          AND +directory IN (SELECT id FROM directories WHERE path IN (SELECT value FROM json_each(?)))`,
        JSON.stringify(fresh),
        lookingDirectories,
      )
      .map(({ record_id: id }) => id)
    // What has gone was looked at by those who mention it, whatever its kind was.
    const asked = new Set([...looking, ...fresh.filter((id) => stir.records.has(id))])
    fresh = mentioning(database, [...asked]).filter((id) => !ids.has(id))
    for (const id of fresh) ids.add(id)
  }
  return ids
}

/** Those of some ids of which there are records: most of what a payload holds is nobody's. */
function thereAre(database: IndexDatabase, ids: ReadonlySet<string>): string[] {
  if (ids.size === 0) return []
  return database
    .all<{ record_id: string }>(
      'SELECT DISTINCT record_id FROM files WHERE record_id IN (SELECT value FROM json_each(?))',
      JSON.stringify([...ids]),
    )
    .map(({ record_id: id }) => id)
}

/** The ids of the records that mention one of these. */
function mentioning(database: IndexDatabase, ids: readonly string[]): string[] {
  return database
    .all<{ record_id: string }>(
      `SELECT DISTINCT files.record_id FROM mentions JOIN files ON files.id = mentions.file
        WHERE mentions.target IN (SELECT value FROM json_each(?)) AND files.record_id IS NOT NULL`,
      JSON.stringify(ids),
    )
    .map(({ record_id: id }) => id)
}

/** Whether others decide what a record of the kind comes to. */
function looksAtOthers({ ends, holds, open }: Kind): boolean {
  return (ends ?? holds ?? open) !== undefined
}

function directoriesOf(kind: Kind): string[] {
  return placesOf(kind).map(({ directory }) => directory)
}

/** The copies of some ids, of a kind: all of them are kept while they are judged. */
function copiesOf(
  repo: Repo,
  database: IndexDatabase,
  kind: Kind,
  ids: ReadonlySet<string>,
  memory: CopyMemory | null,
): Copy[] {
  const selection = { of: 'records', recordIds: [...ids] } as const
  return placesOf(kind).flatMap((place) => readCopies(repo, database, place, selection, memory))
}

function judge(standing: Standing, kind: Kind, entry: Entry): Judged {
  const { recordId } = entry
  const copies: readonly Copy[] = entry.shadowed.length === 0 ? [entry] : [entry, ...entry.shadowed]
  const mentions = copies.map(({ payload }) => fewMentionsIn(kind, recordId, payload))
  const settledAt = copies.length > 1 ? lastLapse(copies) : Number.NEGATIVE_INFINITY
  const later = settledAt > standing.now ? entryOf(kind, copies, settledAt) : entry
  const endsAt = endOf(standing, kind, entry, later === entry ? null : later)
  const mentioned = mentions.filter((ids) => ids !== null)
  // What is kept for good needs nobody to be kept by.
  return mentioned.length < mentions.length
    ? { kind, recordId, endsAt, mentioned: [], keptUntil: NEVER }
    : { kind, recordId, endsAt, mentioned, keptUntil: Math.max(endsAt, settledAt) }
}

/** Which of several copies stands may change with the lapse of one. */
function lastLapse(copies: readonly Copy[]): number {
  const lapses = copies.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt)]))
  return Math.max(...lapses, Number.NEGATIVE_INFINITY)
}

/** A plugin's rule may answer anything; then the record stands. */
function endOf(standing: Standing, kind: Kind, entry: Entry, later: Entry | null): number {
  const end = later === null ? standing.endOfKept(kind.name, entry) : standing.endOfEntry(kind.name, later)
  return typeof end === 'number' && end < NEVER ? end : NEVER
}

const NONE: readonly Judged[] = []

/** Keeps each as long as those that it mentions and that look at others. */
function keepWithOthers(database: IndexDatabase, registry: KindRegistry, judged: readonly Judged[]): void {
  const byId = new Map<string, Judged[]>()
  for (const one of judged) {
    const namesakes = byId.get(one.recordId)
    if (namesakes === undefined) byId.set(one.recordId, [one])
    else namesakes.push(one)
  }
  const others = new Set<string>()
  for (const { mentioned } of judged)
    for (const ids of mentioned) for (const id of ids) if (!byId.has(id)) others.add(id)
  const keptOthers = new Map(
    database
      .all<{ record_id: string; kept: number }>(
        `SELECT record_id, max(kept_until) AS kept FROM files WHERE record_id IN (SELECT value FROM json_each(?))
          AND +directory IN (SELECT id FROM directories WHERE path IN (SELECT value FROM json_each(?))) GROUP BY record_id`,
        JSON.stringify([...others]),
        JSON.stringify(registry.all.filter(looksAtOthers).flatMap(directoriesOf)),
      )
      .map(({ record_id: id, kept }) => [id, kept]),
  )
  for (let isChanging = true; isChanging; ) {
    isChanging = false
    for (const one of judged) {
      let until = one.keptUntil
      const keepBy = (id: string) => {
        until = Math.max(until, keptOthers.get(id) ?? 0)
        for (const keeper of byId.get(id) ?? NONE)
          if (looksAtOthers(keeper.kind)) until = Math.max(until, keeper.keptUntil)
      }
      keepBy(one.recordId)
      for (const ids of one.mentioned) ids.forEach(keepBy)
      if (until > one.keptUntil) {
        one.keptUntil = until
        isChanging = true
      }
    }
  }
}
