import type { HubClient } from '../../hub-client/hub-client.js'
import type { LeaseVerdict } from '../../hub-client/request-lease.js'
import { FIRST_REVISION, LAST_REVISION, LEASE_FIELD, type LeaseNumbers } from '../../record/lease-numbers.js'
import { type CoordRecord, hasLapsed } from '../../record/record.js'
import type { Copy, Entry } from '../entry.js'
import { placeName, placeOf } from '../place.js'
import type { Session } from '../session.js'
import { spaceDirectoryName } from '../state/space-address.js'
import type { Target } from '../target.js'
import type { SealedRecord, Workspace } from '../workspace.js'
import { beginAsking } from './asking.js'
import { judgeHere } from './judge-here.js'
import { keyOf, Lateness } from './lateness.js'
import type { LeaseAnswer, LeaseRequest } from './lease-answer.js'
import { leaseUnconfirmed } from './lease-errors.js'
import { type LeaseGranter, type LeaseHolder, LeaseNotes } from './lease-notes.js'
import { markLost } from './lost-lease.js'
import { isInTenure, isLater, isOwn, nextNumbers } from './tenure.js'

/** The hub that decides. */
export interface LeaseHub {
  readonly target: Target
  readonly client: HubClient
}

/** A lease's record on its way to whoever decides. */
interface Draft extends SealedRecord {
  /** `null`: the kind counts no tenures. */
  readonly numbers: LeaseNumbers | null
}

type Granted = Extract<LeaseVerdict, { outcome: 'granted' }>
type Refused = Extract<LeaseVerdict, { outcome: 'refused' }>

/** Writes leases after whoever decides has said yes. */
export class LeaseCommit {
  readonly #workspace: Workspace
  readonly #hub: LeaseHub | null
  readonly #isProvisional: boolean
  readonly #refresh: () => Promise<void>
  readonly #notes: LeaseNotes
  readonly #place: string | null
  /** By kind and id, the revision that a hub was found to have ahead of the files. */
  readonly #toldRevisions = new Map<string, number>()
  readonly #lateness: Lateness

  /** @param refresh brings what the others wrote into the workspace */
  constructor(session: Session, hub: LeaseHub | null, isProvisional: boolean, refresh: () => Promise<void>) {
    this.#workspace = session.workspace
    this.#hub = hub
    this.#isProvisional = isProvisional
    this.#refresh = refresh
    this.#notes = new LeaseNotes(this.#workspace.repo)
    this.#place = placeName(placeOf(this.#workspace.repo))
    this.#lateness = new Lateness(this.#workspace.clock)
  }

  /** See `Leases.put`. */
  async put(request: LeaseRequest): Promise<LeaseAnswer> {
    const draft = await this.#draft(request)
    const { seen } = request
    const { kind, recordId, runId } = draft.record
    if (this.#hub === null) return this.#putHere(request, draft)
    const isProvisional = seen !== undefined && seen.runId !== runId && this.#isProvisionalOf(seen)
    const refused = isProvisional ? this.#refuseHere(seen, draft) : null
    if (refused !== null) return refused
    // Whoever has it already, and keeps or ends it, is in nobody's way and waits for nobody.
    const endAsking = seen?.runId === runId ? () => {} : beginAsking(this.#workspace.repo, kind, recordId)
    if (endAsking === null) return { outcome: 'asked' }
    try {
      return await this.#askAndWrite(this.#hub, request, draft)
    } finally {
      endAsking()
    }
  }

  /**
   * Sees to it that what another run has ends when it says, see {@link LAST_REVISION}. `false`: no hub that counts tenures
   * has said yes.
   */
  async close({ kind, payload, token }: Entry<object>): Promise<boolean> {
    if (this.#hub === null || token === null) return false
    const request = { kind, payload, seen: undefined }
    const draft = await this.#draft(request, { token, revision: LAST_REVISION })
    const { outcome } = await this.#ask(this.#hub, request, draft)
    await this.#refresh()
    return outcome === 'granted'
  }

  /** The record as it would be sent. @param numbers those of the next text of its run, when left out */
  async #draft({ kind: kindName, payload, seen }: LeaseRequest, numbers?: LeaseNumbers): Promise<Draft> {
    const sealed = await this.#workspace.seal(kindName, payload, seen)
    // Its schema may not know the field.
    if (sealed.kind.strict) return { ...sealed, numbers: null }
    const next = numbers ?? this.#nextNumbers(sealed.record, seen)
    const numbered = await this.#workspace.seal(kindName, { ...payload, [LEASE_FIELD]: next }, seen)
    return { ...numbered, numbers: next }
  }

  #nextNumbers(record: CoordRecord, seen: Entry<object> | undefined): LeaseNumbers {
    const { kind, recordId, runId } = record
    const note = this.#notes.read(kind, recordId, runId)
    const place = this.#placeOf(record)
    const view = { runId, place, seen, note, now: this.#workspace.view.now }
    return nextNumbers(view, this.#toldRevisions.get(keyOf(record)))
  }

  async #askAndWrite(hub: LeaseHub, request: LeaseRequest, first: Draft): Promise<LeaseAnswer> {
    let draft = first
    let sentAt = this.#lateness.times()
    let verdict = await this.#ask(hub, request, draft)
    if (verdict.outcome === 'refused') {
      const numbers = await this.#numbersAfter(request, draft, verdict)
      if (numbers === 'behind') return { outcome: 'changed' }
      if (numbers === 'free') verdict = { outcome: 'granted', token: null, epoch: undefined, judgedAt: null }
      else if (numbers !== null) {
        draft = await this.#draft(request, numbers)
        sentAt = this.#lateness.times()
        verdict = await this.#ask(hub, request, draft)
      }
    }
    if (verdict.outcome === 'granted') {
      const answer = await this.#writeGranted(request, draft, verdict)
      if (answer.outcome !== 'granted') return answer
      const { rememberSent } = await import('./remember-sent.js')
      rememberSent(hub.target, draft)
      const isOver = !request.givesBack && this.#lateness.isOver(draft.record, verdict.judgedAt, sentAt)
      return isOver ? this.#tooLate(draft.record) : answer
    }
    if (verdict.outcome === 'late') return this.#tooLate(draft.record)
    if (verdict.outcome === 'finished') return verdict
    const { stands } = verdict
    // Somebody may take it at its end: its run has lost it, and who that is stands in what the hub has.
    const holder = stands?.revision === LAST_REVISION ? null : verdict.holder
    // Somebody had it between the two questions, and it is free once more.
    if (verdict.holder === null && stands !== undefined) return { outcome: 'changed' }
    this.#lose(draft.record, holder)
    // Before the others of this workspace ask for the same, they shall see whose it is.
    if (request.pullsWhenRefused) await this.#refresh()
    return { outcome: 'refused', holder }
  }

  /**
   * What a refused record may be asked for with once more, after the hub has told what stands; `null`: with nothing. What was
   * refused as older is not: the caller looks again and writes another.
   */
  async #numbersAfter(
    { givesBack, force }: LeaseRequest,
    { record, numbers }: Draft,
    { holder, stands }: Refused,
  ): Promise<LeaseNumbers | 'behind' | 'free' | null> {
    if (stands === undefined || numbers === null) return null
    if (holder === null) return givesBack ? 'free' : { token: stands.token }
    if (force) return { token: stands.token }
    if (holder.runId !== record.runId || stands.token === null || stands.revision === LAST_REVISION) return null
    // The first one is left to the text that claimed the lease.
    const revision = Math.max(stands.revision ?? 0, FIRST_REVISION)
    const isChange = numbers.revision !== undefined && numbers.token === stands.token
    if (!isChange && !(await this.#isOwnTenure(record, stands.token))) return null
    this.#toldRevisions.set(keyOf(record), revision)
    // No older text comes by a higher revision: another process of the run may have a later end by now.
    const { token, revision: next } = this.#nextNumbers(
      record,
      this.#workspace.view.named(record.kind, record.recordId),
    )
    return isChange || (token === stands.token && next !== undefined)
      ? 'behind'
      : { token: stands.token, revision: revision + 1 }
  }

  /** Whether a tenure that bears the name of the run is its own, and not that of a namesake elsewhere. */
  async #isOwnTenure(record: CoordRecord, token: number): Promise<boolean> {
    const { kind, recordId, runId } = record
    const note = this.#notes.read(kind, recordId, runId)
    if (note !== null && note.state !== 'lost' && note.token === token) return true
    await this.#refresh()
    const place = this.#placeOf(record)
    return this.#copiesOf(record).some((copy) => copy.token === token && isOwn(copy, runId, place))
  }

  #tooLate(record: CoordRecord): LeaseAnswer {
    this.#lateness.note(record)
    return { outcome: 'changed' }
  }

  async #ask({ client, target }: LeaseHub, request: LeaseRequest, draft: Draft): Promise<LeaseVerdict> {
    const { givesBack = false, force = false } = request
    const { requestLease } = await import('../../hub-client/request-lease.js')
    try {
      return await requestLease(client, target, { ...draft, givesBack, force })
    } catch (error) {
      throw leaseUnconfirmed(error)
    }
  }

  async #putHere(request: LeaseRequest, draft: Draft): Promise<LeaseAnswer> {
    const { seen, givesBack = false, force = false } = request
    const { record, numbers } = draft
    const refusal = seen === undefined || force ? null : this.#refuseHere(seen, draft)
    if (refusal !== null) return refusal
    // Compares and swaps: what was judged still stands when it is replaced.
    if (!(await this.#write(request, draft, seen))) return { outcome: 'changed' }
    const token = numbers?.revision === undefined ? null : numbers.token
    const granter = this.#notes.read(record.kind, record.recordId, record.runId)?.granter ?? null
    this.#noteDown(request, record, seen, token, granter)
    if (!givesBack && hasLapsed(record, this.#workspace.view.now)) return this.#tooLate(record)
    const isRenewed = seen !== undefined && this.#isInTenure(seen, record)
    const { payload } = record
    return { outcome: 'granted', token: this.#isProvisional ? null : token, isConfirmed: false, isRenewed, payload }
  }

  /** What a hub would say against it by the same rule. */
  #refuseHere(seen: Entry<object>, { record }: Draft): LeaseAnswer | null {
    if (judgeHere(seen, record, this.#isInTenure(seen, record), this.#workspace.view.now)) return null
    if (seen.runId === record.runId && seen.expiresAt === null) return { outcome: 'finished' }
    this.#lose(record, seen)
    return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
  }

  /** The hub has said yes, and nothing here stands against it but a newer word of the hub, or of the run itself. */
  async #writeGranted(request: LeaseRequest, draft: Draft, { token, ...hub }: Granted): Promise<LeaseAnswer> {
    const { record, numbers } = draft
    const { payload } = record
    const granter = this.#granter(hub.epoch)
    const isRenewed = numbers === null ? this.#isInTenure(request.seen, record) : numbers.revision !== undefined
    const granted: LeaseAnswer = { outcome: 'granted', token, isConfirmed: true, isRenewed, payload }
    if (request.givesBack) {
      // Once, and only in place of what was seen: by now the next run may have it, and have written so.
      if (request.seen !== undefined) await this.#write(request, draft, request.seen)
      this.#noteDown(request, record, undefined, token, granter)
      return granted
    }
    for (;;) {
      const seen = this.#workspace.view.named(record.kind, record.recordId)
      if (seen !== undefined && token !== null && (this.#tokenOf(seen) ?? 0) > token) {
        this.#lose(record, seen)
        return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
      }
      if (seen !== undefined && isLater(seen, record, token)) return { outcome: 'changed' }
      if (!(await this.#write(request, draft, seen))) continue
      this.#noteDown(request, record, seen, token, granter)
      return granted
    }
  }

  /** Spelt as it was sent, whatever stands there by now. */
  #write({ seen: like }: LeaseRequest, { record }: Draft, seen: Entry<object> | undefined): Promise<boolean> {
    const { kind, payload } = record
    if (seen === undefined) return this.#workspace.create(kind, payload, like ?? null)
    return this.#workspace.replace(seen, payload, like ?? null)
  }

  #noteDown(
    request: LeaseRequest,
    { kind, recordId, runId, expiresAt }: CoordRecord,
    seen: Entry<object> | undefined,
    token: number | null,
    granter: LeaseGranter | null,
  ): void {
    if (request.givesBack === true || expiresAt === null) this.#notes.remove(kind, recordId, runId)
    else {
      const state = this.#isProvisional ? 'provisional' : 'held'
      this.#notes.write({ kind, recordId, runId, state, token, granter, holder: null, payload: null })
    }
    if (seen === undefined || seen.runId === runId) return
    // Whoever had it before and never gave it back shall be told so.
    if (this.#notes.read(kind, recordId, seen.runId) === null) return
    markLost(this.#workspace.repo, seen, { runId, expiresAt }, null)
  }

  /** What stands now of a lease of this run is lost to another: takes note of it. Throws `FILE_FAILED`. */
  #lose(record: CoordRecord, holder: LeaseHolder | null): void {
    const { kind, recordId, runId } = record
    const own = this.#copiesOf(record).find((copy) => copy.origin === 'local' && isOwn(copy, runId, this.#place))
    if (own === undefined) {
      // What lies here under the name of this run is a namesake's, and so is what was noted of it.
      const isNamesake = holder?.runId === runId
      if (isNamesake || this.#notes.read(kind, recordId, runId) === null) return
    }
    markLost(this.#workspace.repo, own ?? record, holder, own?.file ?? null)
  }

  #granter(epoch: string | undefined): LeaseGranter | null {
    if (this.#hub === null) return null
    const { hub, owner, slug } = this.#hub.target
    return { space: spaceDirectoryName({ hub: hub.base, owner, slug }), epoch: epoch ?? null }
  }

  #copiesOf({ kind, recordId }: Pick<CoordRecord, 'kind' | 'recordId'>): readonly Copy[] {
    const entry = this.#workspace.view.named(kind, recordId)
    return entry === undefined ? [] : [entry, ...entry.shadowed]
  }

  #isInTenure(seen: Entry<object> | undefined, record: CoordRecord): boolean {
    return isInTenure({ seen, runId: record.runId, place: this.#placeOf(record) })
  }

  /** `null` for what ends a lease: whoever may speak for the run may do so from anywhere. */
  #placeOf(record: CoordRecord): string | null {
    return record.expiresAt === null || hasLapsed(record, this.#workspace.view.now) ? null : this.#place
  }

  #isProvisionalOf({ kind, recordId, runId }: Entry<object>): boolean {
    return this.#notes.read(kind, recordId, runId)?.state === 'provisional'
  }

  #tokenOf(copy: Copy): number | null {
    return copy.token ?? this.#notes.read(copy.kind, copy.recordId, copy.runId)?.token ?? null
  }
}
