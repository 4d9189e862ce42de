import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError, coordError } from '../../base/errors.js'
import { nodeCrypto } from '../../base/node-crypto.js'
import type { Kind, SeenRecord } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import type { Copy, Entry } from '../entry.js'
import { freshness } from '../freshness.js'
import { hubOfStore } from '../hub-of-store.js'
import { originOf } from '../origin.js'
import type { Session } from '../session.js'
import type { Workspace } from '../workspace.js'
import { noteLeaseWorth } from '../worth/note-lease-worth.js'
import { beginAsking, wasCutOff } from './asking.js'
import { Here, type Written } from './here.js'
import type { HeldLease, LeaseAnswer, LeaseEnd, LeaseRefusal, LeaseRequest, LeaseWish } from './lease-answer.js'
import { LeaseCommit } from './lease-commit.js'
import { leaseLost, leaseRefused, leaseUnconfirmed } from './lease-errors.js'
import type { LeaseHub } from './lease-hub.js'
import { leaseIn } from './lease-in.js'
import { type LeaseNote, LeaseNotes } from './lease-notes.js'
import { acquiredPayload, endedPayload } from './lease-payload.js'
import { LONG_AGO } from './long-ago.js'
import { onlyOne } from './only-one.js'
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

type Granted = Extract<LeaseAnswer, { outcome: 'granted' }>

export class Leases {
  readonly #session: Session
  readonly #workspace: Workspace
  readonly #hub: LeaseHub | null
  readonly #notes: LeaseNotes
  readonly #here: Here
  readonly #commit: LeaseCommit
  /** What is taken counts until a hub that is configured, but was not asked, says otherwise. */
  readonly isProvisional: boolean

  constructor(session: Session, hub: LeaseHub | null, isHubConfigured: boolean) {
    this.#session = session
    this.#workspace = session.workspace
    this.#hub = hub
    this.#notes = new LeaseNotes(this.#workspace.repo)
    this.isProvisional = hub === null && isHubConfigured
    this.#here = new Here(this.#workspace)
    this.#commit = new LeaseCommit(session, hub, this.isProvisional, this.#here, () => this.refresh())
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

  /**
   * Brings it unless all was here so many seconds ago. A run that was killed while it asked for the first of several leases
   * waits for it in any case: it may have one that it does not know.
   *
   * @returns whether all is here now. Rejects as {@link refresh} does
   */
  async refreshIfOlder(maxAgeSeconds: number, kindName: string, runId: string): Promise<boolean> {
    const { repo } = this.#workspace
    if (this.#hub === null || wasCutOff(repo, kindName, firstOf(runId))) {
      await this.refresh()
      return true
    }
    const isFresh = () => {
      const { ageSeconds } = freshness(this.#session)
      return ageSeconds !== null && ageSeconds <= maxAgeSeconds
    }
    return !(await onlyOne(repo, isFresh, () => this.refresh(), this.#session.signal))
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

  /**
   * Takes a lease from whoever holds it, or has finished it, under the next token. At a hub the owner of the space alone may;
   * without one nobody else decides. Whoever had it may believe so until its end, or until it asks.
   *
   * @throws `FORBIDDEN`
   */
  async override(wish: LeaseWish): Promise<HeldLease> {
    const tried = await this.#insist(() => this.#tryAcquire(wish, { force: true }))
    if ('lease' in tried) return tried.lease
    throw leaseRefused(wish, tried, false)
  }

  /** Moves the end of a lease. Throws `LEASE_LOST` also where it had lapsed and was free again: somebody may have had it. */
  async renew(lease: HeldLease, ttlSeconds: number): Promise<HeldLease> {
    const { kind, recordId, runId } = lease
    if (this.note(kind, recordId, runId)?.state === 'lost') throw leaseLost(lease, null)
    const wish = { kind, recordId, runId, ttlSeconds, isRenewal: true }
    const tried = await this.#insist(() => this.tryAcquire(wish))
    // Whoever renews had it, whether this store remembers that or not.
    if (!('lease' in tried)) throw leaseRefused(wish, tried, true)
    const renewed = tried.lease
    if (renewed.isRenewed && renewed.token === lease.token) return renewed
    await this.release(lease)
    throw leaseLost(lease, null)
  }

  /**
   * Lets go of a lease. Throws `LEASE_LOST` when another run has it.
   *
   * @param seen what the caller has found to stand a moment ago; looked at now when left out
   */
  async release(end: LeaseEnd, seen?: Entry): Promise<void> {
    let known = seen
    const answer = await this.#insist(() => {
      const once = known
      // Where something else stands by now the next attempt looks.
      known = undefined
      return this.tryEnd(end, once)
    })
    if (answer.outcome !== 'granted') throw leaseRefused(end, answer, true)
  }

  /**
   * Lets go of several leases in one request to the hub.
   *
   * @param ends with what the caller has found to stand of each a moment ago
   * @returns of those that are given back now; what is missing is for {@link release}, which tells why: another run has it, it
   *   has changed since, or there is no hub to be asked
   * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
   */
  async releaseAll(ends: ReadonlyMap<LeaseEnd, Entry>): Promise<ReadonlySet<LeaseEnd>> {
    const own = [...ends].filter(([{ runId }, seen]) => seen.runId === runId)
    const requests = own.map(([end, seen]): LeaseRequest => {
      const { kind } = this.#lookUp(end.kind, end.recordId, seen)
      return { kind: kind.name, payload: endedPayload(kind, end, seen), seen, givesBack: true }
    })
    const done = await this.#commit.putEnds(requests)
    return new Set(own.flatMap(([end], index) => (done[index] === true ? end : [])))
  }

  /** Asks once. What was refused may be tried again where another process was in the middle of it. */
  async tryAcquire(wish: LeaseWish, pullsWhenRefused = false): Promise<{ readonly lease: HeldLease } | LeaseRefusal> {
    return this.#tryAcquire(wish, { pullsWhenRefused })
  }

  /**
   * Whether {@link tryAcquireFirst} can be asked for leases of a kind: a hub decides that has announced it, and the kind counts
   * tenures. Else they are asked for one by one.
   */
  async canAcquireFirst(kindName: string): Promise<boolean> {
    const { registry, repo } = this.#workspace
    const [kind] = registry.select([kindName]) as [Kind]
    if (this.#hub === null || kind.strict) return false
    const { SyncState } = await import('../state/sync-state.js')
    const { hub, owner, slug } = this.#hub.target
    return SyncState.open(repo, { hub: hub.base, owner, slug }).hasFeature('first')
  }

  /**
   * Asks once for the first of several leases that is free: whoever asks at the same time gets others, in one request each.
   *
   * @param wishes of one kind and run, what is wanted most first; none that the run has
   * @param alive what the caller has looked at when it chose them; looked at now when left out
   * @returns for each the lease, or why not; `null`: it was not looked at, because one before it was granted. More than one
   *   lease from a hub that has changed meanwhile to one that cannot do this: what is not wanted is to be released
   */
  async tryAcquireFirst(
    wishes: readonly LeaseWish[],
    alive = this.#workspace.view.alive(),
  ): Promise<readonly ({ readonly lease: HeldLease } | LeaseRefusal | null)[]> {
    if (this.#hub === null) throw new Error('There is no hub to ask; see canAcquireFirst.')
    const { view, registry } = this.#workspace
    const where = this.#where()
    const requests = wishes.map((wish): LeaseRequest => {
      const [kind] = registry.select([wish.kind]) as [Kind]
      const seen = leaseIn(alive, wish.kind, wish.recordId)
      const payload = acquiredPayload(kind, wish, seen, where, alive.now)
      return { kind: wish.kind, payload, seen, isAbandoned: isAbandoned(wish, seen) }
    })
    view.assertRead([...new Set(wishes.map(({ kind }) => kind))])
    const [wish] = wishes
    if (wish === undefined) return []
    const endAsking = beginAsking(this.#workspace.repo, wish.kind, firstOf(wish.runId))
    const answers = await this.#commit.putFirst(this.#hub, requests).finally(() => endAsking?.())
    const firstRefused = answers.findIndex((answer) => answer?.outcome === 'refused')
    return wishes.map((one, index) => {
      const answer = answers[index] ?? null
      // Who wants one of them would have met one other run.
      const isCounted = answer?.outcome === 'granted' || index === firstRefused
      if (answer !== null && isCounted) this.#noteWorth(one, requests[index]?.seen, answer)
      return answer?.outcome === 'granted' ? { lease: this.#leaseOf(one, answer) } : answer
    })
  }

  async #tryAcquire(
    wish: LeaseWish,
    { pullsWhenRefused = false, force = false }: { pullsWhenRefused?: boolean; force?: boolean },
  ): Promise<{ readonly lease: HeldLease } | LeaseRefusal> {
    const { kind: name, recordId } = wish
    const { kind, seen } = this.#lookUp(name, recordId)
    const payload = acquiredPayload(kind, wish, seen, this.#where(), this.#workspace.view.now)
    const request = { kind: name, payload, seen, isAbandoned: isAbandoned(wish, seen) }
    const answer = await this.put({ ...request, pullsWhenRefused, force })
    this.#noteWorth(wish, seen, answer)
    if (answer.outcome !== 'granted') return answer
    return { lease: this.#leaseOf(wish, answer) }
  }

  #noteWorth(wish: LeaseWish, seen: Entry<object> | undefined, answer: LeaseAnswer): void {
    const { kind, recordId, runId } = wish
    const hadIt = () => this.note(kind, recordId, runId) !== null || this.#isHadIn(seen, runId)
    noteLeaseWorth(this.#session, wish, seen, answer, hadIt)
  }

  #leaseOf({ kind: name, recordId, runId }: LeaseWish, { payload, token, isRenewed }: Granted): HeldLease {
    const [kind] = this.#workspace.registry.select([name]) as [Kind]
    const expiresAt = kind.expiresAt(payload) as string
    const { isProvisional } = this
    return { kind: name, recordId, runId, payload, expiresAt, token, isRenewed, isProvisional }
  }

  /** Asks once to let go of a lease. `known`: see {@link release}. */
  async tryEnd(end: LeaseEnd, known?: Entry): Promise<LeaseAnswer & { readonly payload: JsonObject }> {
    const { kind, seen } = this.#lookUp(end.kind, end.recordId, known)
    const payload = endedPayload(kind, end, seen)
    const answer = await this.put({ kind: end.kind, payload, seen, givesBack: end.forGood !== true })
    return { payload, ...answer }
  }

  /**
   * Sees to it that what another run of the same author has is not renewed: that one has lost it, and is told so when it
   * asks. `false`: it cannot be forbidden without a hub.
   */
  forbidRenewal(entry: Entry<object>): Promise<boolean> {
    return this.#commit.close(entry)
  }

  /**
   * Whether a run has or had a lease, by what this workspace knows: a note, or a record that bears its name and was not
   * given back. Another author's run may have the same name.
   */
  hasHeld(kind: string, recordId: string, runId: string): boolean {
    if (this.note(kind, recordId, runId) !== null) return true
    const seen = leaseIn(this.#workspace.view.again(kind, [recordId]), kind, recordId)
    if (seen === undefined) this.#workspace.view.assertRead([kind])
    return this.#isHadIn(seen, runId)
  }

  #isHadIn(seen: Entry<object> | undefined, runId: string): boolean {
    const copies = seen === undefined ? [] : [seen, ...seen.shadowed]
    const { viewer } = this.#workspace
    const isOwn = ({ author }: Copy<object>) => author === null || viewer.handle === null || author === viewer.handle
    return copies.some((copy) => copy.runId === runId && isOwn(copy) && copy.expiresAt !== LONG_AGO)
  }

  /**
   * Whether a record that bears the name of a run is that of the one which works here, also where it was written before that went on
   * here, and not of a namesake elsewhere.
   */
  isWrittenHere(record: Written): boolean {
    return this.#here.isWrittenBy(record)
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
  put(request: LeaseRequest): Promise<LeaseAnswer> {
    return this.#commit.put(request)
  }

  /** Goes on trying while other processes of this workspace are in the middle of it. */
  async #insist<Answer extends object>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const answer = await attempt()
      if (!('outcome' in answer) || (answer.outcome !== 'changed' && answer.outcome !== 'asked')) return answer
      await this.giveWay()
    }
  }

  #lookUp(kindName: string, recordId: string, known?: Entry): { kind: Kind; seen: Entry | undefined } {
    const { registry, view } = this.#workspace
    const [kind] = registry.select([kindName]) as [Kind]
    const seen = known ?? leaseIn(view, kindName, recordId)
    // Who has it may stand in a file that cannot be read.
    if (seen === undefined) view.assertRead([kindName])
    return { kind, seen }
  }

  #where() {
    return { origin: originOf(this.#session), here: this.#here }
  }

  get #follower(): SpaceFollower {
    return this.#session.container.resolve(SPACE_FOLLOWER)
  }
}

/** What stands for the leases that a run asks for together: they have no one id. */
function firstOf(runId: string): string {
  return `first.${nodeCrypto().createHash('sha256').update(runId).digest('hex').slice(0, 16)}`
}

/** Whether what stands has lapsed, and is what the caller takes to be left behind: something else may be finished. */
function isAbandoned({ abandoned }: LeaseWish, seen: Entry<object> | undefined): boolean {
  if (abandoned === undefined || seen === undefined || seen.expiresAt !== null || !seen.lapsed) return false
  const textOf = ({ id, runId, payload }: SeenRecord | Entry<object>) => JSON.stringify([id, runId, payload])
  return textOf(abandoned) === textOf(seen)
}
