import { isTimestamp } from '../../base/timestamp.js'
import type { Folder } from '../../files/folder.js'
import { isJsonObject, isKindName, isSafeRecordId } from '../../record/record.js'
import { toWire } from '../../record/wire.js'
import type { Repo } from '../repo.js'

/** Who keeps a run out of what it asked for. */
export interface HoldWinner {
  readonly runId: string
  /** ISO 8601; `null`: until it is given back. */
  readonly until: string | null
  /** What it holds of it. */
  readonly what: string
}

/** What this store knows of an exclusive hold of its own beyond what the records say. */
export interface HoldNote {
  /** Name of the kind. */
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  /** In the words of {@link Hold.what}. */
  readonly what: readonly string[]
  /**
   * `undecided`: its run has not been told; `waiting`: it waits for others before it. `held`: its run was told so.
   * `provisional`: told so without the hub that will decide. `lost`: another run has it.
   */
  readonly state: 'undecided' | 'waiting' | 'held' | 'provisional' | 'lost'
  /** The mark of the process that asked, while the run has not been told. */
  readonly process: string | null
  /** The space that decided, in its epoch; `null`: this store did. */
  readonly decidedBy: string | null
  /** What only warns keeps its run from nothing. */
  readonly passesAdvisory: boolean
  /** With `lost`, as far as it is known. */
  readonly winner: HoldWinner | null
  /** With `lost`: its run has been told. */
  readonly isTold: boolean
}

const STATES: readonly unknown[] = ['undecided', 'waiting', 'held', 'provisional', 'lost'] satisfies HoldNote['state'][]
const MAX_NOTE_BYTES = 1024 * 1024

/**
 * Notes on exclusive holds, a file each in `.muse/coordination/.sync/holds/<kind>/`, private to this program. A hold without
 * one stands as its record says, and nobody renews it.
 */
export class HoldNotes {
  readonly #repo: Repo

  constructor(repo: Repo) {
    this.#repo = repo
  }

  /** `null` for nothing; a damaged note counts as none. */
  read(kind: string, recordId: string): HoldNote | null {
    const reading = this.#folderOf(kind).read(`${recordId}.json`, MAX_NOTE_BYTES)
    const note = 'text' in reading ? parseNote(reading.text) : null
    return note?.kind === kind && note.recordId === recordId ? note : null
  }

  write(note: HoldNote): void {
    const text = `${JSON.stringify(toWire({ schemaVersion: '1', ...note }))}\n`
    this.#folderOf(note.kind).write(`${note.recordId}.json`, text)
  }

  remove({ kind, recordId }: Pick<HoldNote, 'kind' | 'recordId'>): void {
    this.#folderOf(kind).remove(`${recordId}.json`)
  }

  /** In no order. */
  all(): HoldNote[] {
    const holds = this.#repo.sync.in('holds')
    return [...holds.names()].filter(isKindName).flatMap((kind) =>
      [...holds.in(kind).names()].flatMap((name) => {
        const recordId = name.endsWith('.json') ? name.slice(0, -'.json'.length) : ''
        return isSafeRecordId(recordId) ? (this.read(kind, recordId) ?? []) : []
      }),
    )
  }

  #folderOf(kind: string): Folder {
    return this.#repo.sync.in('holds').in(kind)
  }
}

function parseNote(text: string): HoldNote | null {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return null // Half a note: its hold is renewed by nobody, and ends.
  }
  if (!isJsonObject(document) || document.schema_version !== '1' || !STATES.includes(document.state)) return null
  const { kind, record_id: recordId, run_id: runId, what, process, decided_by: decidedBy, winner } = document
  if (!isKindName(kind) || !isSafeRecordId(recordId) || typeof runId !== 'string' || !Array.isArray(what)) return null
  return {
    kind,
    recordId,
    runId,
    what: what.filter((one) => typeof one === 'string'),
    state: document.state as HoldNote['state'],
    process: typeof process === 'string' ? process : null,
    decidedBy: typeof decidedBy === 'string' ? decidedBy : null,
    passesAdvisory: document.passes_advisory === true,
    winner: parseWinner(winner),
    isTold: document.is_told === true,
  }
}

function parseWinner(value: unknown): HoldWinner | null {
  if (!isJsonObject(value) || typeof value.run_id !== 'string' || typeof value.what !== 'string') return null
  const { run_id: runId, until, what } = value
  return until === null || isTimestamp(until) ? { runId, until, what } : null
}
