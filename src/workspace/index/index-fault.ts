import { CoordError } from '../../base/errors.js'

/** Thrown where the index says what nobody can have written into it. */
export class IndexDamaged extends Error {}

/** Thrown where a file system shows something that no index can stand for: what cannot be read, or is a link. */
export class NotIndexable extends Error {}

/** SQLite's number for what another process has locked. */
const BUSY = 5
/** SQLite's numbers for what says nothing against the file: busy, locked, no memory, read-only, interrupted, disk, full, cannot open. */
const PASSING = new Set([3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 22, 23])

/** What SQLite calls these where an error bears no number: the drop-in for Node 20 gives none to one of many rows. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['access permission denied', 3],
  ['database is locked', BUSY],
  ['database table is locked', 6],
  ['out of memory', 7],
  ['attempt to write a readonly database', 8],
  ['interrupted', 9],
  ['disk I/O error', 10],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  ['locking protocol', 15],
  ['authorization denied', 23],
])

/** What an error of the index calls for: to do without this time, or for good; `null`: it is none of the index. */
export function judgeIndexFault(thrown: unknown): 'passing' | 'damaged' | null {
  if (thrown instanceof NotIndexable || isOfFileSystem(thrown)) return 'passing'
  if (thrown instanceof IndexDamaged) return 'damaged'
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null
  if (thrown.code === 'ERR_OUT_OF_RANGE') return 'damaged'
  if (thrown.code !== 'ERR_SQLITE_ERROR' && thrown.code !== 'ERR_INVALID_STATE') return null
  return PASSING.has(numberOf(thrown) ?? 0) ? 'passing' : 'damaged'
}

/** Whether another process is changing the index. */
export function isBusy(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && numberOf(thrown) === BUSY
}

/** SQLite's number for an error; `undefined`: none that is known here. */
function numberOf(thrown: object): number | undefined {
  const { errcode, message } = thrown as { readonly errcode?: unknown; readonly message?: unknown }
  // The low byte is the error, the rest says more closely which.
  return typeof errcode === 'number' ? errcode & 0xff : NUMBERS.get(String(message))
}

/** A directory that cannot be made or read, a link on the way: no reason to fail, for the files tell the same. */
function isOfFileSystem(thrown: unknown): boolean {
  if (thrown instanceof CoordError) return thrown.code === 'FILE_FAILED' || thrown.code === 'LINK_REFUSED'
  return thrown instanceof Error && 'syscall' in thrown
}
