import type { LeaseVerdict } from '../../hub-client/request-lease.js'
import { FIRST_REVISION, LAST_REVISION, type LeaseNumbers } from '../../record/lease-numbers.js'
import { type CoordRecord, hasLapsed } from '../../record/record.js'
import type { Entry } from '../entry.js'
import type { Session } from '../session.js'
import type { Workspace } from '../workspace.js'
import { beginAsking } from './asking.js'
import type { Here } from './here.js'
import { judgeHere } from './judge-here.js'
import { Lateness } from './lateness.js'
import type { LeaseAnswer, LeaseRequest } from './lease-answer.js'
import { type Draft, LeaseDrafts } from './lease-drafts.js'
import { leaseUnconfirmed } from './lease-errors.js'
import type { LeaseHub } from './lease-hub.js'
import { leaseIn } from './lease-in.js'
import { LeaseNotes } from './lease-notes.js'
import { LeaseWriter } from './lease-writer.js'
import { isOwn } from './tenure.js'

type Refused = Extract<LeaseVerdict, { outcome: 'refused' }>

/** Writes leases after whoever decides has said yes. */
export class LeaseCommit {
  readonly #workspace: Workspace
  readonly #hub: LeaseHub | null
  readonly #isProvisional: boolean
  readonly #refresh: () => Promise<void>
  readonly #notes: LeaseNotes
  readonly #drafts: LeaseDrafts
  readonly #writer: LeaseWriter
  readonly #lateness: Lateness

  /** @param refresh brings what the others wrote into the workspace */
  constructor(
    { workspace }: Session,
    hub: LeaseHub | null,
    isProvisional: boolean,
    here: Here,
    refresh: () => Promise<void>,
  ) {
    this.#workspace = workspace
    this.#hub = hub
    this.#isProvisional = isProvisional
    this.#refresh = refresh
    this.#notes = new LeaseNotes(workspace.repo)
    this.#drafts = new LeaseDrafts(workspace, this.#notes, here)
    const { drafts, notes } = { drafts: this.#drafts, notes: this.#notes }
    this.#writer = new LeaseWriter({ workspace, notes, drafts, here, target: hub?.target ?? null, isProvisional })
    this.#lateness = new Lateness(workspace.clock)
  }

  /** See `Leases.put`. */
  async put(request: LeaseRequest): Promise<LeaseAnswer> {
    const draft = await this.#drafts.draft(request)
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

  /** See `Leases.tryAcquireFirst`. For a hub that has announced the feature `first`. */
  async putFirst(hub: LeaseHub, requests: readonly LeaseRequest[]): Promise<readonly (LeaseAnswer | null)[]> {
    const drafts = this.#drafts
    const refusals = await Promise.all(
      requests.map(async (request) => {
        const { seen } = request
        if (seen === undefined || !this.#isProvisionalOf(seen)) return null
        return this.#refuseHere(seen, await drafts.draft(request))
      }),
    )
    const asked = requests.filter((_, index) => refusals[index] === null)
    const { putFirst } = await import('./lease-first.js')
    const { view } = this.#workspace
    const answers = await putFirst(
      { hub, view, drafts, writer: this.#writer, lateness: this.#lateness, refresh: () => this.#refresh() },
      asked,
    )
    return refusals.map((refusal) => refusal ?? (answers.shift() as LeaseAnswer | null))
  }

  /**
   * See `Leases.releaseAll`. Where no hub decides none of them is done by this.
   *
   * @param requests give back what the run has that they name
   */
  async putEnds(requests: readonly LeaseRequest[]): Promise<readonly boolean[]> {
    if (this.#hub === null || requests.length === 0) return requests.map(() => false)
    const { putEnds } = await import('./lease-ends.js')
    return putEnds({ hub: this.#hub, drafts: this.#drafts, writer: this.#writer }, requests)
  }

  /**
   * Sees to it that what another run has ends when it says, see {@link LAST_REVISION}. `false`: no hub that counts tenures
   * has said yes.
   */
  async close({ kind, recordId, runId, payload, token: told }: Entry<object>): Promise<boolean> {
    // A record of this store does not tell what token the hub gave it.
    const token = told ?? this.#notes.read(kind, recordId, runId)?.token ?? null
    if (this.#hub === null || token === null) return false
    const request = { kind, payload, seen: undefined }
    const draft = await this.#drafts.draft(request, { token, revision: LAST_REVISION })
    const { outcome } = await this.#ask(this.#hub, request, draft)
    await this.#refresh()
    return outcome === 'granted'
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
        draft = await this.#drafts.draft(request, numbers)
        sentAt = this.#lateness.times()
        verdict = await this.#ask(hub, request, draft)
      }
    }
    if (verdict.outcome === 'granted') {
      const answer = await this.#writer.writeGranted(request, draft, verdict)
      if (answer.outcome !== 'granted') return answer
      this.#writer.remember(draft)
      const isOver = !request.givesBack && this.#lateness.isOver(draft.record, verdict.judgedAt, sentAt)
      return isOver ? this.#tooLate(draft.record) : answer
    }
    if (verdict.outcome === 'late') {
      // Whoever has never pulled, for there was no space yet, knows no time but its own.
      await this.#refresh()
      return this.#tooLate(draft.record)
    }
    if (verdict.outcome === 'finished') return verdict
    const { stands } = verdict
    const closedUntil = await this.#closedUntil(draft.record, verdict)
    if (closedUntil !== null) return { outcome: 'closed', until: closedUntil }
    // Somebody may take it at its end: its run has lost it, and who that is stands in what the hub has.
    const holder = stands?.revision === LAST_REVISION ? null : verdict.holder
    // Somebody had it between the two questions, and it is free once more.
    if (verdict.holder === null && stands !== undefined) return { outcome: 'changed' }
    this.#writer.lose(draft.record, holder)
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
    if (holder.runId !== record.runId || stands.token === null) return null
    if (stands.revision === LAST_REVISION) {
      const isOwnEnd = givesBack === true || record.expiresAt === null
      if (!isOwnEnd || numbers.revision === LAST_REVISION) return null
      const isOwn = numbers.token === stands.token || (await this.#isOwnTenure(record, stands.token))
      return isOwn ? { token: stands.token, revision: LAST_REVISION } : null
    }
    // The first one is left to the text that claimed the lease.
    const revision = Math.max(stands.revision ?? 0, FIRST_REVISION)
    const isChange = numbers.revision !== undefined && numbers.token === stands.token
    if (!isChange && !(await this.#isOwnTenure(record, stands.token))) return null
    this.#drafts.noteRevision(record, revision)
    // No older text comes by a higher revision: another process of the run may have a later end by now.
    const { token, revision: next } = this.#drafts.nextNumbers(
      record,
      leaseIn(this.#workspace.view, record.kind, record.recordId),
    )
    return isChange || (token === stands.token && next !== undefined)
      ? 'behind'
      : { token: stands.token, revision: revision + 1 }
  }

  /** Until when the run has what it may renew no more; `null`: it may, or it is not the run's. */
  async #closedUntil({ expiresAt, ...record }: CoordRecord, { holder, stands }: Refused): Promise<string | null> {
    if (stands?.revision !== LAST_REVISION || stands.token === null) return null
    if (expiresAt === null || holder?.runId !== record.runId || holder.expiresAt === null) return null
    return (await this.#isOwnTenure({ ...record, expiresAt }, stands.token)) ? holder.expiresAt : null
  }

  /** Whether a tenure that bears the name of the run is its own, and not that of a namesake elsewhere. */
  async #isOwnTenure(record: CoordRecord, token: number): Promise<boolean> {
    const { kind, recordId, runId } = record
    const note = this.#notes.read(kind, recordId, runId)
    if (note !== null && note.state !== 'lost' && note.token === token) return true
    await this.#refresh()
    const here = this.#drafts.hereFor(record)
    return this.#writer.copiesOf(record).some((copy) => copy.token === token && isOwn(copy, runId, here))
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
    const { seen, givesBack = false, force = false, isAbandoned } = request
    const { record, numbers } = draft
    const refusal = seen === undefined || force ? null : this.#refuseHere(seen, draft, isAbandoned)
    if (refusal !== null) return refusal
    // Compares and swaps: what was judged still stands when it is replaced.
    if (!(await this.#writer.write(request, draft, seen))) return { outcome: 'changed' }
    const token = numbers?.revision === undefined ? null : numbers.token
    const granter = this.#notes.read(record.kind, record.recordId, record.runId)?.granter ?? null
    this.#writer.noteDown(request, record, seen, token, granter)
    // A claim that asks the hub may look with slack, and shall know of it.
    if (this.#isProvisional) this.#workspace.view.again(record.kind, [record.recordId])
    if (!givesBack && hasLapsed(record, this.#workspace.view.now)) return this.#tooLate(record)
    const isRenewed = seen !== undefined && this.#drafts.isInTenure(seen, record)
    const { payload } = record
    return { outcome: 'granted', token: this.#isProvisional ? null : token, isConfirmed: false, isRenewed, payload }
  }

  /** What a hub would say against it by the same rule. */
  #refuseHere(seen: Entry<object>, { record }: Draft, isAbandoned = false): LeaseAnswer | null {
    const standing = { isInTenure: this.#drafts.isInTenure(seen, record), isAbandoned }
    if (judgeHere(seen, record, standing, this.#workspace.view.now)) return null
    if (seen.runId === record.runId && seen.expiresAt === null) return { outcome: 'finished' }
    this.#writer.lose(record, seen)
    return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
  }

  #isProvisionalOf({ kind, recordId, runId }: Entry<object>): boolean {
    return this.#notes.read(kind, recordId, runId)?.state === 'provisional'
  }
}
