import { systemClock } from '../../base/clock.js'
import { randomHex } from '../../base/node-crypto.js'
import type { Folder } from '../../files/folder.js'
import { lifeOf, MAX_MARK_BYTES, processMark } from '../../files/process-mark.js'
import { ORDER_DIRECTORY } from '../replace-file.js'
import type { Repo } from '../repo.js'
import { sweepOld } from '../sweep-old.js'

/** Longer than a hub takes to answer as a rule; after that another process may ask as well. */
const ASKING_MILLISECONDS = 15_000

/** How long a mark is kept whose process may still be there. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

let ownName: string | undefined
/** Where the file of that name was made. */
const markedIn = new Set<Folder>()
let ownText: string | undefined

/**
 * Says to the other processes of this workspace that one of them is asking the hub for a lease, so that they try the next
 * one instead of asking for the same. It decides nothing, for the hub does; so a file that a killed process has
 * left behind does no harm.
 *
 * @returns ends the asking; `null`: another process is at it
 */
export function beginAsking(repo: Repo, kind: string, recordId: string): (() => void) | null {
  const folder = askingFolder(repo)
  // Neither part holds an `@`.
  const name = `${kind}@${recordId}`
  if (!putMark(folder, name)) {
    if (isAsking(folder, name)) return null
    folder.remove(name)
    if (!putMark(folder, name)) return null
  }
  return () => {
    folder.remove(name)
  }
}

/** Whether a process was killed while it asked, so that the hub may have said yes to what nobody heard. */
export function wasCutOff(repo: Repo, kind: string, recordId: string): boolean {
  const reading = askingFolder(repo).read(`${kind}@${recordId}`, MAX_MARK_BYTES)
  return 'text' in reading && lifeOf(reading.text) !== 'alive'
}

/**
 * Removes what killed processes have left behind, and returns how many files.
 *
 * @param markedBefore milliseconds since 1970, by the file system's clock
 */
export function sweepAsking(repo: Repo, markedBefore: number = systemClock.now() - KEPT_MILLISECONDS): number {
  return sweepOld(askingFolder(repo), markedBefore)
}

function askingFolder(repo: Repo): Folder {
  return repo.coordination.in(`${ORDER_DIRECTORY}/asking`)
}

/** What this process asks for are further names of one file: to make and to remove a file for each costs far more. */
function ownMark(): string {
  ownName ??= `.${process.pid}-${randomHex(4)}`
  return ownName
}

/** `false`: there is one of another process. */
function putMark(folder: Folder, name: string): boolean {
  ownText ??= processMark()
  if (markedIn.size === 0) process.once('exit', removeOwnMarks)
  markedIn.add(folder)
  return folder.createLinked(name, ownMark(), ownText)
}

/** Whoever asks for long is not waited for: a mark is a courtesy and no lock. */
function isAsking(folder: Folder, name: string): boolean {
  const reading = folder.read(name, MAX_MARK_BYTES)
  if ('fault' in reading || lifeOf(reading.text) === 'dead') return false
  // The change time is that of the last name that the file got or lost.
  const markedAt = folder.stat(name)?.ctimeMs
  return markedAt !== undefined && Math.abs(systemClock.now() - markedAt) <= ASKING_MILLISECONDS
}

function removeOwnMarks(): void {
  for (const folder of markedIn) folder.remove(ownMark())
}
