import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { coordError, fileError } from '../../../base/errors.js'
import { loadSqlite } from '../../../files/load-sqlite.js'
import { asStoreFault } from './fault.js'
import { openSqlite } from './open.js'
import { APPLICATION_ID, renew } from './schema.js'
import { inTransaction } from './transaction.js'

/** Of SQLite's file format: a magic text first, and at byte 68 whose file it is. */
const MAGIC = 'SQLite format 3\0'
const APPLICATION_ID_OFFSET = 68

/**
 * Copies a store as it is at this moment, while hubs go on with it, to a file that only this user can read: whole and on
 * disk, or not at all.
 */
export async function backUpSqlite(path: string, file: string): Promise<void> {
  await assertFree(file)
  const database = await openSqlite(path)
  const unfinished = unfinishedName(file)
  try {
    // Made before SQLite sees it, which takes an empty file and keeps its mode.
    closeSync(openSync(unfinished, 'wx', 0o600))
    database.exec(`VACUUM INTO '${unfinished.replaceAll("'", "''")}'`)
    moveIntoPlace(unfinished, file)
  } catch (thrown) {
    rmSync(unfinished, { force: true })
    throw asFault(thrown, file)
  } finally {
    database.close()
  }
}

/**
 * Puts a backup in the place of a store that is gone. It gets its name only when it has been checked and is a store of
 * its own, see `Store.renew`: no hub ever finds it before.
 *
 * @returns the new epoch
 */
export async function restoreSqlite(file: string, path: string): Promise<string> {
  // What stands beside a database is replayed into whatever file has its name.
  for (const taken of [path, `${path}-wal`, `${path}-journal`]) await assertFree(taken)
  const unfinished = unfinishedName(path)
  try {
    assertOfHub(file)
    await assertWhole(file)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    copyFileSync(file, unfinished, constants.COPYFILE_EXCL)
    chmodSync(unfinished, 0o600)
    const epoch = await renewed(unfinished, file)
    moveIntoPlace(unfinished, path)
    return epoch
  } catch (thrown) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(unfinished + suffix, { force: true })
    throw asFault(thrown, file)
  }
}

async function renewed(copy: string, file: string): Promise<string> {
  const database = loadSqlite()(copy)
  try {
    // Not in write-ahead mode: the file alone has to be all of it when it gets its name.
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL')
    const { integrity_check: found } = database.prepare('PRAGMA integrity_check(1)').get() as {
      integrity_check: string
    }
    if (found !== 'ok') throw coordError('BACKUP_INVALID', file, `it is damaged: ${found}`)
    return inTransaction(database, 'BEGIN IMMEDIATE', () => renew(database))
  } finally {
    database.close()
  }
}

async function assertFree(file: string): Promise<void> {
  const found = await lstat(file).catch(() => null)
  if (found !== null) throw coordError('FILE_TAKEN', file)
}

/** Looked at before SQLite does, to which an empty file is a database as well. */
function assertOfHub(file: string): void {
  const head = Buffer.alloc(APPLICATION_ID_OFFSET + 4)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  const isOfHub = head.toString('latin1', 0, MAGIC.length) === MAGIC
  if (!isOfHub || head.readInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) {
    throw coordError('BACKUP_INVALID', file, 'it is not the database of a hub')
  }
}

/** A copy of a store that somebody made otherwise may come with a log of what is not in its file yet, which is not copied here. */
async function assertWhole(file: string): Promise<void> {
  for (const log of [`${file}-wal`, `${file}-journal`]) {
    const found = await lstat(log).catch(() => null)
    if (found === null || found.size === 0) continue
    throw coordError(
      'BACKUP_INVALID',
      file,
      `without ${log} it lacks what came last; put both in the place of the store, and run \`muse-coord hub restore\` with no file`,
    )
  }
}

function unfinishedName(path: string): string {
  return `${path}.${process.pid}.tmp`
}

function moveIntoPlace(unfinished: string, path: string): void {
  makeDurable(unfinished)
  renameSync(unfinished, path)
  makeDurable(dirname(path))
}

function makeDurable(path: string): void {
  const descriptor = openSync(path, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

function asFault(thrown: unknown, file: string): unknown {
  const fault = asStoreFault(thrown, file)
  return fault === thrown ? fileError(file, thrown) : fault
}
