import { type CoordError, coordError, problemOf } from '../../../base/errors.js'

const SQLITE_BUSY = 5

/** Whether another process has the lock. */
export function isSqliteBusy(thrown: unknown): boolean {
  // The low byte is the error, the rest says more closely which.
  return isSqliteError(thrown) && typeof thrown.errcode === 'number' && (thrown.errcode & 0xff) === SQLITE_BUSY
}

/** An error of SQLite as the error of a store; anything else as it was thrown. */
export function asStoreFault(thrown: unknown, name: string): unknown {
  return isSqliteError(thrown) ? sqliteFault(name, thrown) : thrown
}

function sqliteFault(name: string, thrown: object): CoordError {
  const error = coordError('STORE_FAILED', name, problemOf(thrown))
  error.cause = thrown
  return error
}

function isSqliteError(thrown: unknown): thrown is { errcode?: unknown } {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false
  return thrown.code === 'ERR_SQLITE_ERROR' || thrown.code === 'ERR_INVALID_STATE'
}
