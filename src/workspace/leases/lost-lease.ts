import { type CoordRecord, type JsonObject, MAX_PAYLOAD_BYTES } from '../../record/record.js'
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
  if (file === null) return
  // No other content than this: the next holder may have put its own there meanwhile.
  const content = JSON.stringify(payload)
  repo.coordination.removeIf(repo.coordination.nameOf(file), MAX_PAYLOAD_BYTES, (text) => holds(text, content))
}

/** Whether a file holds this payload, however it is indented. */
function holds(text: string, content: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === content
  } catch {
    return false
  }
}
