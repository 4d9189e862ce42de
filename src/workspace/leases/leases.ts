import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError, coordError } from '../../base/errors.js'
import type { HubClient } from '../../hub-client/hub-client.js'
import type { LeaseVerdict } from '../../hub-client/request-lease.js'
import type { Kind } from '../../kinds/kind.js'
import { lease } from '../../record/merge/lease.js'
import type { Content } from '../../record/merge/rule.js'
import type { CoordRecord, JsonObject } from '../../record/record.js'
import type { Copy, Entry } from '../entry.js'
import { hubOfStore } from '../hub-of-store.js'
import { originOf } from '../origin.js'
import type { Session } from '../session.js'
import type { Target } from '../target.js'
import type { SealedRecord, Workspace } from '../workspace.js'
import { beginAsking } from './asking.js'
import type { HeldLease, LeaseAnswer, LeaseEnd, LeaseRefusal, LeaseRequest, LeaseWish } from './lease-answer.js'
import { leaseLost, leaseRefused, leaseUnconfirmed } from './lease-errors.js'
import { type LeaseHolder, type LeaseNote, LeaseNotes } from './lease-notes.js'
import { acquiredPayload, endedPayload, isHeldBy } from './lease-payload.js'
import { LONG_AGO } from './long-ago.js'
import { markLost } from './lost-lease.js'
import { SPACE_FOLLOWER, type SpaceFollower } from './space-follower.js'

/** How a command means to work with leases. */
export interface LeaseMode {
  /** Never asks the hub; what is taken is provisional until a push. */
  readonly isOffline?: boolean
  /** Only reads what the others write, for which a public space asks no identity. */
  readonly isReader?: boolean
}

/**
 * How a command takes leases: from the hub where one is configured, which must say yes first, and by the files of this
 * machine where there is none or `--offline` was given. Knows lease kinds by their merge rule alone.
 *
 * @throws `FLAG_MISSING`, `NAME_INVALID`, `HUB_URL_INVALID`, `NO_IDENTITY` where a hub is configured and cannot be used
 */
export async function openLeases(
  session: Session,
  { isOffline = false, isReader = false }: LeaseMode = {},
): Promise<Leases> {
  const hub = hubOfStore(session, !isOffline && !isReader)
  if (hub !== 'given' || isOffline) return new Leases(session, null, hub !== null)
  const [{ resolveTarget }, { connect }] = await Promise.all([import('../target.js'), import('../connect.js')])
  const target = resolveTarget(session)
  return new Leases(session, { target, client: await connect(session, target, !isReader) }, true)
}

interface Hub {
  readonly target: Target
  readonly client: HubClient
}

export class Leases {
  readonly #session: Session
  readonly #workspace: Workspace
  readonly #hub: Hub | null
  readonly #notes: LeaseNotes
  /** What is taken counts until a hub that is configured, but was not asked, says otherwise. */
  readonly isProvisional: boolean

  constructor(session: Session, hub: Hub | null, isHubConfigured: boolean) {
    this.#session = session
    this.#workspace = session.workspace
    this.#hub = hub
    this.#notes = new LeaseNotes(this.#workspace.repo)
    this.isProvisional = hub === null && isHubConfigured
  }

  /** `owner/slug` of the space that decides; `null`: this machine decides. */
  get space(): string | null {
    return this.#hub === null ? null : `${this.#hub.target.owner}/${this.#hub.target.slug}`
  }

  /** The same, but the hub is not asked. */
  offline(): Leases {
    return new Leases(this.#session, null, this.#hub !== null || this.isProvisional)
  }

  /** What is known of a run's lease beside its record. */
  note(kind: string, recordId: string, runId: string): LeaseNote | null {
    return this.#notes.read(kind, recordId, runId)
  }

  /**
   * Brings what the others wrote into the workspace; does nothing without a hub.
   *
   * @throws `LEASE_UNCONFIRMED` when the hub is out of reach, else as `pull` does
   */
  async refresh(): Promise<void> {
    if (this.#hub === null) return
    try {
      await this.#follower.pull(this.#session)
    } catch (error) {
      // The owner's first push makes the space; until then there is nothing to bring.
      if (error instanceof CoordError && error.code === 'SPACE_HIDDEN') return
      throw leaseUnconfirmed(error)
    }
  }

  /** Keeps bringing what the others write until the signal aborts; does nothing without a hub. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.#hub !== null) await this.#follower.follow(this.#session.with({ signal }))
  }

  /**
   * Acquires a lease, or moves the end of one that the run has. Whoever decides says yes first.
   *
   * @throws `RECORD_HELD` when another run has it; `LEASE_LOST` when this one had it
   */
  async acquire(wish: LeaseWish): Promise<HeldLease> {
    const hadIt = this.hasHeld(wish.kind, wish.recordId, wish.runId)
    const tried = await this.#insist(() => this.tryAcquire(wish))
    if ('lease' in tried) return tried.lease
    throw leaseRefused(wish, tried, hadIt)
  }

  /** Moves the end of a lease. Throws `LEASE_LOST` also where it had lapsed and was free again: somebody may have had it. */
  async renew(lease: HeldLease, ttlSeconds: number): Promise<HeldLease> {
    const { kind, recordId, runId } = lease
    if (this.note(kind, recordId, runId)?.state === 'lost') throw leaseLost(lease, null)
    const renewed = await this.acquire({ kind, recordId, runId, ttlSeconds })
    if (renewed.isRenewed && renewed.token === lease.token) return renewed
    await this.release(lease)
    throw leaseLost(lease, null)
  }

  /** Lets go of a lease. Throws `LEASE_LOST` when another run has it. */
  async release(end: LeaseEnd): Promise<void> {
    const answer = await this.#insist(() => this.tryEnd(end))
    if (answer.outcome !== 'granted') throw leaseRefused(end, answer, true)
  }

  /** Asks once. What was refused may be tried again where another process was in the middle of it. */
  async tryAcquire(wish: LeaseWish, pullsWhenRefused = false): Promise<{ readonly lease: HeldLease } | LeaseRefusal> {
    const { kind: name, recordId, runId } = wish
    const { kind, seen } = this.#lookUp(name, recordId)
    const payload = acquiredPayload(kind, wish, seen, originOf(this.#session), this.#workspace.view.now)
    const answer = await this.put({ kind: name, payload, seen, pullsWhenRefused })
    if (answer.outcome !== 'granted') return answer
    const { token } = answer
    const expiresAt = kind.expiresAt(payload) as string
    const { isProvisional } = this
    return {
      lease: {
        kind: name,
        recordId,
        runId,
        payload,
        expiresAt,
        token,
        isRenewed: isHeldBy(seen, runId),
        isProvisional,
      },
    }
  }

  /** Asks once to let go of a lease. */
  async tryEnd(end: LeaseEnd): Promise<LeaseAnswer & { readonly payload: JsonObject }> {
    const { kind, seen } = this.#lookUp(end.kind, end.recordId)
    const payload = endedPayload(kind, end, seen)
    const answer = await this.put({ kind: end.kind, payload, seen, givesBack: end.forGood !== true })
    return { ...answer, payload }
  }

  /**
   * Whether a run has or had a lease, by what this workspace knows: a note, or a record that bears its name and was not
   * given back.
   */
  hasHeld(kind: string, recordId: string, runId: string): boolean {
    if (this.note(kind, recordId, runId) !== null) return true
    const { seen } = this.#lookUp(kind, recordId)
    const copies = seen === undefined ? [] : [seen, ...seen.shadowed]
    return copies.some((copy) => copy.runId === runId && copy.expiresAt !== LONG_AGO)
  }

  /** A short while of its own for each process, so that those that met do not meet again at once. Throws `INTERRUPTED`. */
  async giveWay(): Promise<void> {
    await sleep(10 + Math.random() * 40, undefined, { signal: this.#session.signal }).catch(() => {
      throw coordError('INTERRUPTED')
    })
  }

  /**
   * Writes a lease after whoever decides has said yes.
   *
   * @throws `LEASE_UNCONFIRMED` when the hub is out of reach; `RECORD_REFUSED`, `LEASE_REJECTED`, `LEASE_TOO_SHORT`,
   *   `FILE_FAILED`. Should the file fail after the hub has said yes, asking again gives the same lease.
   */
  async put(request: LeaseRequest): Promise<LeaseAnswer> {
    const sealed = await this.#workspace.seal(request.kind, request.payload, request.seen)
    const { record } = sealed
    if (this.#hub === null) return this.#putHere(request, record)
    const refused = this.#refuseProvisional(request.seen, record)
    if (refused !== null) return refused
    // Whoever has it already, and keeps or ends it, is in nobody's way and waits for nobody.
    const isHolder = request.seen?.runId === record.runId
    const endAsking = isHolder ? () => {} : beginAsking(this.#workspace.repo, record.kind, record.recordId)
    if (endAsking === null) return { outcome: 'asked' }
    try {
      const verdict = await this.#ask(this.#hub, sealed, request.givesBack === true)
      if (verdict.outcome === 'granted') {
        const answer = await this.#writeGranted(request, record, verdict)
        if (answer.outcome === 'granted') {
          const { rememberSent } = await import('./remember-sent.js')
          rememberSent(this.#hub.target, sealed)
        }
        return answer
      }
      if (verdict.outcome === 'refused') this.#lose(record, verdict.holder)
      // Before the others of this workspace ask for the same, they shall see whose it is.
      if (request.pullsWhenRefused) await this.refresh()
      return verdict
    } finally {
      endAsking()
    }
  }

  /** Goes on trying while other processes of this workspace are in the middle of it. */
  async #insist<Answer extends object>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const answer = await attempt()
      if (!('outcome' in answer) || (answer.outcome !== 'changed' && answer.outcome !== 'asked')) return answer
      await this.giveWay()
    }
  }

  #lookUp(kindName: string, recordId: string): { kind: Kind; seen: Entry | undefined } {
    const { registry, view } = this.#workspace
    const [kind] = registry.select([kindName]) as [Kind]
    return { kind, seen: view.named(kindName, recordId) }
  }

  get #follower(): SpaceFollower {
    return this.#session.container.resolve(SPACE_FOLLOWER)
  }

  /** What stands now of a lease of this run is lost to another: takes note of it. Throws `FILE_FAILED`. */
  #lose(record: CoordRecord, holder: LeaseHolder | null): void {
    const own = this.#ownCopy(record)
    if (own === null && this.#notes.read(record.kind, record.recordId, record.runId) === null) return
    markLost(this.#workspace.repo, own ?? record, holder, own?.file ?? null)
  }

  #ownCopy({ kind, recordId, runId }: CoordRecord): Copy | null {
    const entry = this.#workspace.view.named(kind, recordId)
    const copies = entry === undefined ? [] : [entry, ...entry.shadowed]
    return copies.find((copy) => copy.origin === 'local' && copy.runId === runId) ?? null
  }

  async #ask({ client, target }: Hub, sealed: SealedRecord, givesBack: boolean): Promise<LeaseVerdict> {
    const { requestLease } = await import('../../hub-client/request-lease.js')
    try {
      return await requestLease(client, target, sealed.kind, sealed, givesBack)
    } catch (error) {
      throw leaseUnconfirmed(error)
    }
  }

  async #putHere(request: LeaseRequest, record: CoordRecord): Promise<LeaseAnswer> {
    const { seen } = request
    const refusal = seen === undefined ? null : this.#refuseHere(seen, record)
    if (refusal !== null) return refusal
    // Compares and swaps: what was judged still stands when it is replaced.
    if (!(await this.#write(request, seen))) return { outcome: 'changed' }
    this.#noteDown(request, record, seen, null)
    return { outcome: 'granted', token: null, isConfirmed: false }
  }

  /** Of what another run of this workspace has taken provisionally a hub knows nothing, so the same rule decides here. */
  #refuseProvisional(seen: Entry<object> | undefined, record: CoordRecord): LeaseAnswer | null {
    if (seen === undefined || seen.runId === record.runId) return null
    const isProvisional = this.#notes.read(record.kind, record.recordId, seen.runId)?.state === 'provisional'
    return isProvisional ? this.#refuseHere(seen, record) : null
  }

  /** What a hub would say against it by the same rule. */
  #refuseHere(seen: Entry<object>, record: CoordRecord): LeaseAnswer | null {
    // Nobody here can tell whose key it is: the run counts, until a hub is asked.
    const asker = { author: seen.author, owner: null, now: this.#workspace.view.now }
    const stored = { ...contentOf(seen), author: seen.author, token: seen.token, revision: null }
    const ruling = lease.arbitrate(contentOf(record), stored, asker)
    if (ruling.written || ruling.conflict === null) return null
    if (seen.runId === record.runId) return { outcome: 'finished' }
    this.#lose(record, seen)
    return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
  }

  /** The hub has said yes, and nothing here stands against it but a newer word of the hub. */
  async #writeGranted(
    request: LeaseRequest,
    record: CoordRecord,
    { token }: Extract<LeaseVerdict, { outcome: 'granted' }>,
  ): Promise<LeaseAnswer> {
    if (request.givesBack) {
      // Once, and only in place of what was seen: by now the next run may have it, and have written so.
      if (request.seen !== undefined) await this.#write(request, request.seen)
      this.#noteDown(request, record, undefined, token)
      return { outcome: 'granted', token, isConfirmed: true }
    }
    for (;;) {
      const seen = this.#workspace.view.named(record.kind, record.recordId)
      if (seen !== undefined && token !== null && (this.#tokenOf(seen) ?? 0) > token) {
        this.#lose(record, seen)
        return { outcome: 'refused', holder: { runId: seen.runId, expiresAt: seen.expiresAt } }
      }
      if (!(await this.#write(request, seen))) continue
      this.#noteDown(request, record, seen, token)
      return { outcome: 'granted', token, isConfirmed: true }
    }
  }

  /** Spelt as it was sent, whatever stands there by now. */
  #write({ kind, payload, seen: like }: LeaseRequest, seen: Entry<object> | undefined): Promise<boolean> {
    if (seen === undefined) return this.#workspace.create(kind, payload, like ?? null)
    return this.#workspace.replace(seen, payload, like ?? null)
  }

  #noteDown(request: LeaseRequest, record: CoordRecord, seen: Entry<object> | undefined, token: number | null): void {
    const { kind, recordId, runId } = record
    const isOver = request.givesBack === true || record.expiresAt === null
    if (isOver) this.#notes.remove(kind, recordId, runId)
    else {
      const state = this.isProvisional ? 'provisional' : 'held'
      this.#notes.write({ kind, recordId, runId, state, token, holder: null, payload: null })
    }
    if (seen === undefined || seen.runId === runId) return
    // Whoever had it before and never gave it back shall be told so.
    if (this.#notes.read(kind, recordId, seen.runId) === null) return
    markLost(this.#workspace.repo, seen, record, null)
  }

  #tokenOf(copy: Copy): number | null {
    return copy.token ?? this.#notes.read(copy.kind, copy.recordId, copy.runId)?.token ?? null
  }
}

function contentOf({ runId, expiresAt, payload }: Pick<Copy<object>, 'runId' | 'expiresAt' | 'payload'>): Content {
  return { runId, expiresAt, payloadJson: JSON.stringify(payload) }
}
