import type { Kind } from '../../kinds/kind.js'
import type { LeaseNumbers } from '../../record/lease-numbers.js'
import { LEASE_FIELD } from '../../record/lease-numbers.js'
import { type CoordRecord, hasLapsed } from '../../record/record.js'
import type { Entry } from '../entry.js'
import type { SealedRecord, Workspace } from '../workspace.js'
import type { Here } from './here.js'
import { keyOf } from './lateness.js'
import type { LeaseRequest } from './lease-answer.js'
import type { LeaseNotes } from './lease-notes.js'
import { isInTenure, nextNumbers } from './tenure.js'

/** A lease's record on its way to whoever decides. */
export interface Draft extends SealedRecord {
  /** `null`: the kind counts no tenures. */
  readonly numbers: LeaseNumbers | null
  /** Of a claim: the id of the record without an end that has lasted as long as a lease may. */
  readonly replaces?: number
}

/** Makes of requests the records that are sent, with what the workspace knows of each lease. */
export class LeaseDrafts {
  readonly #workspace: Workspace
  readonly #notes: LeaseNotes
  readonly #here: Here
  /** By kind and id, the revision that a hub was found to have ahead of the files. */
  readonly #toldRevisions = new Map<string, number>()

  constructor(workspace: Workspace, notes: LeaseNotes, here: Here) {
    this.#workspace = workspace
    this.#notes = notes
    this.#here = here
  }

  /** The record as it would be sent. @param numbers those of the next text of its run, when left out */
  async draft({ kind: kindName, payload, seen, isAbandoned }: LeaseRequest, numbers?: LeaseNumbers): Promise<Draft> {
    const [kind] = this.#workspace.registry.select([kindName]) as [Kind]
    let next = numbers
    if (next === undefined || kind.strict) {
      const sealed = await this.#workspace.seal(kindName, payload, seen)
      // Its schema may not know the field.
      if (kind.strict) return { ...sealed, numbers: null }
      next = this.nextNumbers(sealed.record, seen)
    }
    const numbered = await this.#workspace.seal(kindName, { ...payload, [LEASE_FIELD]: next }, seen)
    const replaces = isAbandoned && next.revision === undefined ? seen?.id : null
    return { ...numbered, numbers: next, ...(replaces != null && { replaces }) }
  }

  nextNumbers(record: CoordRecord, seen: Entry<object> | undefined): LeaseNumbers {
    const { kind, recordId, runId } = record
    const note = this.#notes.read(kind, recordId, runId)
    const here = this.hereFor(record)
    const view = { runId, here, seen, note, now: this.#workspace.view.now }
    return nextNumbers(view, this.#toldRevisions.get(keyOf(record)))
  }

  /** Takes note of the revision that a hub has of a run's tenure. */
  noteRevision(record: CoordRecord, revision: number): void {
    this.#toldRevisions.set(keyOf(record), revision)
  }

  isInTenure(seen: Entry<object> | undefined, record: CoordRecord): boolean {
    return isInTenure({ seen, runId: record.runId, here: this.hereFor(record) })
  }

  /** `null` for what ends a lease: whoever may speak for the run may do so from anywhere. */
  hereFor(record: CoordRecord): Here | null {
    return record.expiresAt === null || hasLapsed(record, this.#workspace.view.now) ? null : this.#here
  }
}
