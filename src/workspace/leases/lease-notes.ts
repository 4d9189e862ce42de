import { nodeCrypto } from '../../base/node-crypto.js'
import { isTimestamp } from '../../base/timestamp.js'
import type { Folder } from '../../files/folder.js'
import { isJsonObject, isSafeRecordId, type JsonObject } from '../../record/record.js'
import { toWire } from '../../record/wire.js'
import { ORDER_DIRECTORY } from '../replace-file.js'
import type { Repo } from '../repo.js'

/** A run that has a lease, and until when (ISO 8601; `null`: for good). */
export interface LeaseHolder {
  readonly runId: string
  readonly expiresAt: string | null
}

/** A space in one life of its hub: the tokens of another say nothing there. */
export interface LeaseGranter {
  /** The space's name among the states of spaces. */
  readonly space: string
  /** `null`: the hub tells none. */
  readonly epoch: string | null
}

/** What this workspace knows of one run's lease beyond what its record says. */
export interface LeaseNote {
  /** Name of the kind. */
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  /**
   * `held`: granted, by the hub or among the processes of this machine where there is none. `provisional`: taken without
   * the hub that would decide. `lost`: another run has it.
   */
  readonly state: 'held' | 'provisional' | 'lost'
  /** The fencing number of its tenure, as the hub gave it; `null` where none did. */
  readonly token: number | null
  /** Who gave the token; `null`: nobody did. */
  readonly granter: LeaseGranter | null
  /** Who has it instead of this run, as far as it is known. */
  readonly holder: LeaseHolder | null
  /** What the run had written when it was found lost, and what is no record any more. */
  readonly payload: JsonObject | null
  /** The run has been told that it has this no more; left out: it has not. */
  readonly isTold?: boolean
}

const STATES: readonly unknown[] = ['held', 'provisional', 'lost'] satisfies LeaseNote['state'][]
const MAX_NOTE_BYTES = 1024 * 1024

/**
 * Notes on leases, one file for each run and lease in `.muse/coordination/.order/leases/<kind>/`, private to this program and
 * no cache: which token a run was granted, and that it has lost what it had, stands nowhere else.
 */
export class LeaseNotes {
  readonly #repo: Repo

  constructor(repo: Repo) {
    this.#repo = repo
  }

  /** What is known; `null` for nothing. A damaged note counts as none. */
  read(kind: string, recordId: string, runId: string): LeaseNote | null {
    for (const folder of this.#foldersOf(kind)) {
      const reading = folder.read(fileName(recordId, runId), MAX_NOTE_BYTES)
      const note = 'fault' in reading ? null : parseNote(reading.text)
      if (note?.kind === kind && note.recordId === recordId && note.runId === runId) return note
    }
    return null
  }

  write(note: LeaseNote): void {
    const text = `${JSON.stringify(toWire({ schemaVersion: '1', ...note }))}\n`
    this.#folderOf(note.kind).write(fileName(note.recordId, note.runId), text)
  }

  remove(kind: string, recordId: string, runId: string): void {
    for (const folder of this.#foldersOf(kind)) folder.remove(fileName(recordId, runId))
  }

  /** The notes on one kind, in no order. */
  all(kind: string): LeaseNote[] {
    const notes = this.#foldersOf(kind).flatMap((folder) =>
      [...folder.names()].flatMap((name) => {
        const reading = name.endsWith('.json') ? folder.read(name, MAX_NOTE_BYTES) : null
        const note = reading !== null && 'text' in reading ? parseNote(reading.text) : null
        return note?.kind === kind ? [note] : []
      }),
    )
    // From the back: of two on one lease the first stands.
    return [...new Map(notes.reverse().map((note) => [fileName(note.recordId, note.runId), note])).values()]
  }

  /** The notes on one kind of a single run, in no order. */
  ofRun(kind: string, runId: string): LeaseNote[] {
    const end = fileName('', runId)
    const names = this.#foldersOf(kind).flatMap((folder) => [...folder.names()])
    const ids = names.flatMap((name) => (name.endsWith(end) ? name.slice(0, -end.length) : []))
    return [...new Set(ids)].flatMap((recordId) => this.read(kind, recordId, runId) ?? [])
  }

  /**
   * Removes the notes that were written before a time (milliseconds since 1970), but of records that are still there; returns
   * how many.
   */
  sweep(kind: string, writtenBefore: number, isThere: (recordId: string) => boolean): number {
    let count = 0
    for (const { recordId, runId } of this.all(kind)) {
      if (isThere(recordId)) continue
      const found = this.#foldersOf(kind).map((folder) => folder.stat(fileName(recordId, runId)))
      if (found.some((stats) => stats !== null && stats.mtimeMs >= writtenBefore)) continue
      this.remove(kind, recordId, runId)
      count++
    }
    return count
  }

  #folderOf(kind: string): Folder {
    const { coordination, isShared } = this.#repo
    return coordination.in(`${ORDER_DIRECTORY}/leases`, { openTo: isShared ? 'group' : 'user' }).in(kind)
  }

  /** Where notes are written, and where earlier versions wrote them. */
  #foldersOf(kind: string): readonly Folder[] {
    return [this.#folderOf(kind), this.#repo.sync.in('leases').in(kind)]
  }
}

/** A run id may hold anything, and two ids together may be longer than a name can be. */
function fileName(recordId: string, runId: string): string {
  const run = nodeCrypto().createHash('sha256').update(runId).digest('hex').slice(0, 16)
  return `${recordId}.${run}.json`
}

function parseNote(text: string): LeaseNote | null {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return null // Half a note, or somebody else's: the record itself still tells whose the lease is.
  }
  if (!isJsonObject(document) || document.schema_version !== '1' || !STATES.includes(document.state)) return null
  const { kind, record_id: recordId, run_id: runId, token, granter, holder, payload } = document
  // The record id becomes a path again when the note is swept.
  if (typeof kind !== 'string' || !isSafeRecordId(recordId) || typeof runId !== 'string') return null
  if (token !== null && !Number.isSafeInteger(token)) return null
  return {
    kind,
    recordId,
    runId,
    state: document.state as LeaseNote['state'],
    token: token as number | null,
    granter: parseGranter(granter),
    holder: parseHolder(holder),
    payload: isJsonObject(payload) ? payload : null,
    ...(document.is_told === true && { isTold: true }),
  }
}

function parseGranter(value: unknown): LeaseGranter | null {
  if (!isJsonObject(value) || typeof value.space !== 'string') return null
  const { space, epoch } = value
  return { space, epoch: typeof epoch === 'string' ? epoch : null }
}

function parseHolder(value: unknown): LeaseHolder | null {
  if (!isJsonObject(value) || typeof value.run_id !== 'string') return null
  const { run_id: runId, expires_at: expiresAt } = value
  return expiresAt === null || isTimestamp(expiresAt) ? { runId, expiresAt } : null
}
