import type { CoordRecord, JsonObject } from '../../record/record.js'
import { removeAsSeen } from '../remove-as-seen.js'
import type { Repo } from '../repo.js'
import { type LeaseHolder, LeaseNotes } from './lease-notes.js'

/** A record, or a copy of one. */
type LeaseRecord = Pick<CoordRecord, 'kind' | 'recordId' | 'runId'> & { readonly payload: object }

/**
 * Takes note that a run has lost a lease, and takes its record out of the workspace: nobody reads from it that the run
 * still held the lease, and no push asks for it once more. What the run had written stays in the note.
 *
 * @param file where the record lies, if it lies in this workspace
 */
export function markLost(
  repo: Repo,
  { kind, recordId, runId, payload }: LeaseRecord,
  holder: LeaseHolder | null,
  file: string | null,
): void {
  const notes = new LeaseNotes(repo)
  const { token = null, granter = null } = notes.read(kind, recordId, runId) ?? {}
  // Before the record goes: at no time is the loss known nowhere.
  const who = holder && { runId: holder.runId, expiresAt: holder.expiresAt }
  notes.write({ kind, recordId, runId, state: 'lost', token, granter, holder: who, payload: payload as JsonObject })
  // No other content than this: the next holder may have put its own there meanwhile.
  if (file !== null) removeAsSeen(repo, file, payload)
}
