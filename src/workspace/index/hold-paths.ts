import { askKind } from '../../kinds/ask-kind.js'
import type { Kind } from '../../kinds/kind.js'
import type { Copy } from '../entry.js'
import type { IndexDatabase } from './index-database.js'

/** Above everything. */
const ANYWHERE: readonly string[] = ['']
/** Of one record; what names more may hold anything. */
const MAX_PATHS = 200

/** The paths at, above or below which what a record may hold is looked for; none for kinds by which nobody holds anything. */
export function holdPaths(kind: Kind, { recordId, payload }: Pick<Copy, 'recordId' | 'payload'>): readonly string[] {
  if (kind.holds === undefined) return []
  const paths = askKind(kind, 'mayHold', () => [...(kind.mayHold?.(payload, recordId) ?? ANYWHERE)], ANYWHERE)
  return paths.length > MAX_PATHS ? ANYWHERE : paths
}

/** A file whose record may hold something. */
export interface HoldingFile {
  /** Its directory under `.muse/coordination/`: `reservations`, `remote/claim`. */
  readonly directory: string
  readonly recordId: string
  readonly runId: string
  /** JSON. */
  readonly payload: string
  /** When the record is over by its kind: milliseconds since 1970, {@link NEVER} for good. */
  readonly endsAt: number
}

/** The files that are kept at a time and may hold something at, above or below one of some paths. */
export function holdingFiles(database: IndexDatabase, paths: readonly string[], now: number): readonly HoldingFile[] {
  const select = `SELECT directories.path AS directory, record_id AS recordId, run_id AS runId, payload, ends_at AS endsAt
    FROM files JOIN directories ON directories.id = files.directory WHERE kept_until > ? AND files.id IN`
  if (paths.includes('')) return database.all(`${select} (SELECT file FROM hold_paths)`, now)
  return database.all<HoldingFile>(
    `${select} (
      SELECT file FROM hold_paths WHERE path IN (SELECT value FROM json_each(?))
      UNION SELECT file FROM json_each(?) AS asked CROSS JOIN hold_paths AS held
        WHERE held.path > asked.value || '/' AND held.path < asked.value || '0'
    )`,
    now,
    JSON.stringify([...new Set(paths.flatMap(upwards))]),
    JSON.stringify(paths),
  )
}

/** `a/b`, `a` and the one that lies above everything, for `a/b`. */
function upwards(path: string): string[] {
  const names = path.split('/')
  return ['', ...names.map((_, index) => names.slice(0, index + 1).join('/'))]
}
