import { type CoordRecord, isJsonObject } from '../record/record.js'
import { readRecord, toWire } from '../record/wire.js'
import { createRecordFile } from './record-files.js'
import { completeReplacement, ORDER_DIRECTORY, replaceFile } from './replace-file.js'
import type { Repo } from './repo.js'

/** What the file of a directory's turns holds: how many there were, and the record of the last one. */
interface Turn {
  readonly count: number
  readonly last: CoordRecord | null
}

const NO_TURN: Turn = { count: 0, last: null }
const asItIs = (text: string) => text

/**
 * Writes a record whose right to be there depends on the others of its kind. Whoever writes in turn has seen the records
 * of all who did so before, on this file system; a process that is killed holds nobody up, and what it had been granted
 * is written by the next.
 *
 * @param directory of the kind, under `.muse/coordination/`
 * @param now milliseconds since 1970
 * @param decide looks at the records and makes one, or `null` to write nothing; called again when another process was
 *   faster
 * @throws what `decide` throws; `FILE_FAILED`, `LINK_REFUSED`
 */
export async function writeInTurn(
  repo: Repo,
  directory: string,
  now: () => number,
  decide: () => Promise<CoordRecord | null>,
): Promise<CoordRecord | null> {
  const name = `${ORDER_DIRECTORY}/${directory}`
  for (;;) {
    const seen = completeReplacement(repo, name) ?? begin(repo, name)
    const turn = parseTurn(seen)
    if (turn.last !== null && !hasEnded(turn.last.expiresAt, now())) write(repo, directory, turn.last)
    const record = await decide()
    if (record === null) return null
    const next = JSON.stringify(toWire<Turn>({ count: turn.count + 1, last: record }))
    if (!replaceFile(repo, name, seen, next, asItIs)) continue
    write(repo, directory, record)
    return record
  }
}

/** Has no turn bring back a record of the last one, which is to be removed as if it had never been. */
export function forgetTurn(repo: Repo, directory: string, recordId: string): void {
  const name = `${ORDER_DIRECTORY}/${directory}`
  for (;;) {
    const seen = completeReplacement(repo, name)
    if (seen === null) return
    const { count, last } = parseTurn(seen)
    if (last?.recordId !== recordId) return
    if (replaceFile(repo, name, seen, JSON.stringify(toWire<Turn>({ count: count + 1, last: null })), asItIs)) return
  }
}

function begin(repo: Repo, name: string): string {
  const text = JSON.stringify(NO_TURN)
  repo.coordination.create(name, text)
  return text
}

/** The next turn may have written it already, on behalf of a process that it took for dead. */
function write(repo: Repo, directory: string, { recordId, payload }: CoordRecord): void {
  createRecordFile(repo, directory, recordId, payload)
}

/** A file that somebody spoilt counts as no turn; the next one puts it right. */
function parseTurn(text: string): Turn {
  let turn: unknown
  try {
    turn = JSON.parse(text)
  } catch {
    return NO_TURN
  }
  if (!isJsonObject(turn) || !Number.isSafeInteger(turn.count)) return NO_TURN
  const opened = readRecord(turn.last)
  return { count: turn.count as number, last: 'record' in opened ? opened.record : null }
}

function hasEnded(expiresAt: string | null, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now
}
