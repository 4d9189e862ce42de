import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { fileError } from '../../base/errors.js'
import { assertNoLinks } from '../../files/assert-no-links.js'
import type { CoordRecord, JsonObject } from '../../record/record.js'
import { readPayload } from '../record-files.js'
import type { Repo } from '../repo.js'
import { type LeaseHolder, LeaseNotes } from './lease-notes.js'

/** A record, or a copy of one. */
type LeaseRecord = Pick<CoordRecord, 'kind' | 'recordId' | 'runId'> & { readonly payload: object }

/**
 * Takes note that a run has lost a lease, and takes its record out of the workspace: nobody reads from it that the run
 * still held the lease, and no push asks for it once more. What the run had written stays in the note.
 *
 * @param file where the record lies, if it lies in this workspace
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function markLost(
  repo: Repo,
  { kind, recordId, runId, payload }: LeaseRecord,
  holder: LeaseHolder | null,
  file: string | null,
): void {
  const notes = new LeaseNotes(repo)
  const token = notes.read(kind, recordId, runId)?.token ?? null
  // Before the record goes: at no time is the loss known nowhere.
  const who = holder && { runId: holder.runId, expiresAt: holder.expiresAt }
  notes.write({ kind, recordId, runId, state: 'lost', token, holder: who, payload: payload as JsonObject })
  if (file !== null) withdraw(repo, file, JSON.stringify(payload))
}

/** Removes a file that still holds this content, and no other: the next holder may have put its own there meanwhile. */
function withdraw(repo: Repo, file: string, content: string): void {
  assertNoLinks(repo.root, file)
  if (!holds(file, content)) return
  const aside = join(dirname(file), `.lost-${randomBytes(8).toString('hex')}.tmp`)
  try {
    fs.renameSync(file, aside)
    // Looked at again under a name that nobody else knows; a link never replaces what has come in the meantime.
    if (!holds(aside, content)) linkBack(aside, file)
    fs.rmSync(aside, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(file, error)
  }
}

function linkBack(aside: string, file: string): void {
  try {
    fs.linkSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function holds(file: string, content: string): boolean {
  const reading = readPayload(file)
  return 'payload' in reading && JSON.stringify(reading.payload) === content
}
