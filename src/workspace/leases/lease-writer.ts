import type { LeaseVerdict } from '../../hub-client/request-lease.js'
import type { CoordRecord } from '../../record/record.js'
import type { Copy, Entry } from '../entry.js'
import { StoreIndex } from '../index/store-index.js'
import { spaceDirectoryName } from '../state/space-address.js'
import type { Target } from '../target.js'
import type { Workspace } from '../workspace.js'
import type { Here } from './here.js'
import type { LeaseAnswer, LeaseRequest } from './lease-answer.js'
import type { Draft, LeaseDrafts } from './lease-drafts.js'
import { leaseIn } from './lease-in.js'
import type { LeaseGranter, LeaseHolder, LeaseNotes } from './lease-notes.js'
import { markLost } from './lost-lease.js'
import { rememberSent } from './remember-sent.js'
import { isLater, isOwn } from './tenure.js'

type Granted = Extract<LeaseVerdict, { outcome: 'granted' }>

/** What a {@link LeaseWriter} writes with. */
export interface LeaseWriting {
  readonly workspace: Workspace
  readonly notes: LeaseNotes
  readonly drafts: LeaseDrafts
  readonly here: Here
  /** Where the hub decides; `null`: this machine does. */
  readonly target: Target | null
  readonly isProvisional: boolean
}

/** Writes what was decided on a lease: its record, and the note beside it. */
export class LeaseWriter {
  readonly #writing: LeaseWriting

  constructor(writing: LeaseWriting) {
    this.#writing = writing
  }

  /** The hub has said yes, and nothing here stands against it but a newer word of the hub, or of the run itself. */
  async writeGranted(request: LeaseRequest, draft: Draft, { token, ...hub }: Granted): Promise<LeaseAnswer> {
    const { workspace, drafts } = this.#writing
    const { record, numbers } = draft
    const { payload } = record
    const granter = this.#granter(hub.epoch)
    const isRenewed = numbers === null ? drafts.isInTenure(request.seen, record) : numbers.revision !== undefined
    const granted: LeaseAnswer = { outcome: 'granted', token, isConfirmed: true, isRenewed, payload }
    if (request.givesBack) {
      // Once, and only in place of what was seen: by now the next run may have it, and have written so.
      if (request.seen !== undefined) await this.write(request, draft, request.seen)
      this.noteDown(request, record, undefined, token, granter)
      return granted
    }
    for (;;) {
      const seen = leaseIn(workspace.view.again(record.kind, [record.recordId]), record.kind, record.recordId)
      if (seen !== undefined && token !== null && (this.#tokenOf(seen) ?? 0) > token) {
        this.lose(record, seen)
        return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
      }
      if (seen !== undefined && isLater(seen, record, token)) return { outcome: 'changed' }
      if (!(await this.write(request, draft, seen))) continue
      this.noteDown(request, record, seen, token, granter)
      return granted
    }
  }

  /**
   * Remembers that the hub has what was written, as `rememberSent` does, and what lies here now: whoever looks next need not find it
   * out, and of those who work in one store each would.
   */
  remember(draft: Draft): void {
    const { workspace, target } = this.#writing
    if (target === null) return
    const { kind, recordId } = draft.record
    StoreIndex.of(workspace.repo).change(() => {
      workspace.view.again(kind, [recordId])
      rememberSent({ ...target, repo: workspace.repo }, draft)
    })
  }

  /** Spelt as it was sent, whatever stands there by now. `false`: that has changed since. */
  write({ seen: like }: LeaseRequest, { record }: Draft, seen: Entry<object> | undefined): Promise<boolean> {
    const { workspace } = this.#writing
    const { kind, payload } = record
    if (seen === undefined) return workspace.create(kind, payload, like ?? null)
    return workspace.replace(seen, payload, like ?? null)
  }

  noteDown(
    request: LeaseRequest,
    { kind, recordId, runId, expiresAt }: CoordRecord,
    seen: Entry<object> | undefined,
    token: number | null,
    granter: LeaseGranter | null,
  ): void {
    const { notes, workspace, isProvisional } = this.#writing
    if (request.givesBack === true || expiresAt === null) notes.remove(kind, recordId, runId)
    else {
      const state = isProvisional ? 'provisional' : 'held'
      notes.write({ kind, recordId, runId, state, token, granter, holder: null, payload: null })
    }
    if (seen === undefined || seen.runId === runId) return
    // Whoever had it before and never gave it back shall be told so.
    if (notes.read(kind, recordId, seen.runId) === null) return
    markLost(workspace.repo, seen, { runId, expiresAt }, null)
  }

  /**
   * What stands now of a lease of this run is lost to another: takes note of it. Throws `FILE_FAILED`.
   *
   * @param copies what lies here of it; looked up when left out
   */
  lose(record: CoordRecord, holder: LeaseHolder | null, copies: readonly Copy<object>[] = this.copiesOf(record)): void {
    const { workspace, notes, here } = this.#writing
    const { kind, recordId, runId } = record
    const own = copies.find((copy) => copy.origin === 'local' && isOwn(copy, runId, here))
    if (own === undefined) {
      // What lies here under the name of this run is a namesake's, and so is what was noted of it.
      const isNamesake = holder?.runId === runId
      if (isNamesake || notes.read(kind, recordId, runId) === null) return
    }
    markLost(workspace.repo, own ?? record, holder, own?.file ?? null)
  }

  copiesOf({ kind, recordId }: Pick<CoordRecord, 'kind' | 'recordId'>): readonly Copy[] {
    const entry = leaseIn(this.#writing.workspace.view, kind, recordId)
    return entry === undefined ? [] : [entry, ...entry.shadowed]
  }

  #granter(epoch: string | undefined): LeaseGranter | null {
    const { target } = this.#writing
    if (target === null) return null
    const { hub, owner, slug } = target
    return { space: spaceDirectoryName({ hub: hub.base, owner, slug }), epoch: epoch ?? null }
  }

  #tokenOf(copy: Copy): number | null {
    return copy.token ?? this.#writing.notes.read(copy.kind, copy.recordId, copy.runId)?.token ?? null
  }
}
