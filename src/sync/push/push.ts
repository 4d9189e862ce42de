import { handleOf } from '../../auth/identities.js'
import { coordError } from '../../base/errors.js'
import { resolveOr } from '../../base/injection.js'
import { startTimer } from '../../base/timer.js'
import { type KindRegistry, registryOf } from '../../kinds/registry.js'
import type { Conflict, Lease, Rejection } from '../../record/protocol.js'
import { noteHub } from '../../workspace/former-hub.js'
import type { IgnoredFile } from '../../workspace/record-files.js'
import type { Session } from '../../workspace/session.js'
import { Remarks } from '../../workspace/state/remarks.js'
import { SyncState } from '../../workspace/state/sync-state.js'
import { resolveTarget, type Target } from '../../workspace/target.js'
import { unclaimedHere } from '../../workspace/unclaimed.js'
import type { FileNames } from '../changed-files.js'
import { batches } from './batches.js'
import type { Delivery } from './delivery.js'
import type { LostLease } from './note-leases.js'
import { asSent, closeOutbox, createOutbox, type Outbox } from './outbox.js'
import type { Standing } from './overtaken.js'
import { type OnPushError, Tally } from './tally.js'

export interface PushOptions {
  /** Names of kinds; all of them when left out or empty. */
  kinds?: readonly string[] | undefined
  /** Ask the hub about every record, also those that it is known to hold. */
  recheck?: boolean | undefined
  /** Look at these files alone: a program that writes them, or hears of them, spares itself to look for them. */
  changed?: FileNames | undefined
  /**
   * Ask the hub who it is also where nothing is new: one that was replaced or restored lacks what this machine takes it to
   * have. One that cannot be told from another, for it has no epoch, is not asked. Where nothing was ever sent, the owner of
   * the space asks, for that makes it.
   */
  meetHub?: boolean | undefined
  /** Called after each batch. */
  onProgress?: ((progress: { sent: number }) => void) | undefined
  /** Called with each error and what to do about it, as it happens; the result has them all. */
  onError?: OnPushError | undefined
}

export interface PushResult {
  /** Milliseconds. */
  durationMs: number
  /** `owner/slug` */
  space: string
  /** New at the hub. */
  inserted: number
  /** Registers and leases that changed there. */
  updated: number
  /** What the hub already has, asked or known. */
  skipped: number
  /** Local records that could be sent; when interrupted or with `changed`, those that were looked at. */
  total: number
  /** Whether a batch failed, the hub refused a record for what it is, or a kind cannot be used. */
  failed: boolean
  /** Whether `signal` ended it. */
  interrupted: boolean
  /** A sentence for each batch that failed and each kind that cannot be used. */
  errors: string[]
  /** What to do about each of `errors`, in the same order. */
  hints: string[]
  /** What the hub did not take because of what it has. */
  conflicts: Conflict[]
  /** What the hub did not take because of what it is. */
  rejected: Rejection[]
  /** Local files that were left out, and directories that belong to no kind. */
  ignored: IgnoredFile[]
  /** Local files that were looked at and are sent although they break the schema of their kind. */
  warnings: IgnoredFile[]
  /** The leases that this push got or kept. */
  leases: Lease[]
  /** Leases that this workspace took to be its own and another has; each is among the conflicts too, and marked as lost. */
  lost: LostLease[]
}

/**
 * Pushes the local records of a session's workspace to its space: those that the hub is not known to hold. What a batch
 * brought is remembered as soon as it is acknowledged; a batch that fails does not stop the next. When the session ends
 * meanwhile, the result tells what was done by then, with `failed`.
 */
export function push(session: Session, options: PushOptions = {}): Promise<PushResult> {
  const { container } = session
  return resolveOr<Push>(container, PUSH, () => new PushPipeline(registryOf(container))).run(session, options)
}

/** A way to push: the pipeline, or what a program has registered in its place. */
export interface Push {
  run(session: Session, options: PushOptions): Promise<PushResult>
}

/** The DI token of {@link Push}. */
export const PUSH: symbol = Symbol.for('muse-coord.push')

/** The way of records from files to a hub, over every kind of the registry. */
class PushPipeline implements Push {
  constructor(private readonly registry: KindRegistry) {}

  async run(session: Session, options: PushOptions): Promise<PushResult> {
    const elapsedMs = startTimer()
    const target = resolveTarget(session, options.kinds)
    const { repo, hub, owner, slug } = target
    const state = SyncState.open(repo, { hub: hub.base, owner, slug })
    const remarks = new Remarks(repo, state.folder, 'push')
    const tally = new Tally(remarks)
    let pass = await this.#pass(session, options, target, state, tally, options.recheck === true)
    if (pass.metOtherHub) {
      // What the state knew was about a hub that is gone: what this one lacks is found by looking through all once more.
      tally.restart()
      pass = await this.#pass(session, { ...options, changed: undefined }, target, state, tally, false)
      if (pass.metOtherHub) tally.fail(coordError('HUB_CHANGING', hub.base), options.onError)
    }
    for (const { kind, warnings } of pass.outboxes) {
      for (const { file, recordId, reason } of warnings) {
        remarks.add({ what: 'schema', kind: kind.name, recordId, reason, file: asSent(kind, file) })
      }
    }
    remarks.save()
    const warned = pass.outboxes.flatMap(({ warnings }) => warnings)
    const { inserted, updated, conflicts, rejected, leases, lost, errors, hints, unsent } = tally
    const count = (of: (outbox: Outbox) => number) => pass.outboxes.reduce((sum, outbox) => sum + of(outbox), 0)
    const total = count(({ sent, held, outgoingCount }) => sent.knownCount + held.length + outgoingCount)
    return {
      durationMs: elapsedMs(),
      space: `${target.owner}/${target.slug}`,
      inserted,
      updated,
      skipped: total - inserted - updated - conflicts.length - rejected.length - unsent,
      total,
      failed: errors.length > 0 || rejected.length > 0,
      interrupted: pass.interrupted,
      errors,
      hints,
      conflicts,
      rejected,
      ignored: [
        ...pass.outboxes.flatMap(({ ignored }) => ignored),
        // Who names kinds or files means those alone.
        ...(target.kinds.length < this.registry.all.length || options.changed !== undefined
          ? []
          : unclaimedHere(repo, this.registry)),
      ],
      warnings: warned.map(({ file: { path }, reason }) => ({ path, reason })),
      leases,
      lost,
    }
  }

  async #pass(
    session: Session,
    options: PushOptions,
    target: Target,
    state: SyncState,
    tally: Tally,
    everyContent: boolean,
  ): Promise<Pass> {
    const { changed } = options
    const outboxes: Outbox[] = []
    for (const kind of this.registry) {
      if (!target.kinds.includes(kind)) continue
      // Of what changed nothing may be of this kind.
      if (changed?.has(kind.directory) ?? true) {
        outboxes.push(createOutbox(kind, state.sent(kind), target.repo, changed?.get(kind.directory)))
      }
    }
    let delivery: Delivery | undefined
    let sent = 0
    try {
      for await (const batch of batches(outboxes, everyContent)) {
        delivery ??= await openDelivery(session, options, target, state, tally)
        await delivery.take(batch)
        if (delivery.interrupted) break
        // The next batch is read while this one is under way; it has to get out of the house first.
        await new Promise(setImmediate)
        sent += batch.length
        options.onProgress?.({ sent })
      }
      const isToMeet = hasSent(outboxes) ? state.epoch !== null : isOwner(session, target)
      if (delivery === undefined && options.meetHub === true && isToMeet) {
        delivery = await openDelivery(session, options, target, state, tally)
        await delivery.meetHub()
      }
      // Nobody shall take it for in step with a hub to which nothing would ever be sent.
      if (delivery === undefined && !target.hub.isSafeForCredentials)
        tally.fail(coordError('HUB_INSECURE', target.hub.base), options.onError)
    } finally {
      // Also when the next batch cannot be made: what is under way will be acknowledged, and that must be remembered.
      await delivery?.finish()
    }
    const { metOtherHub = false, interrupted = false } = delivery ?? {}
    if (delivery?.wasAnswered) noteHub(session, target.repo.root, target)
    if (!metOtherHub) for (const outbox of outboxes) closeOutbox(outbox)
    for (const { fault } of outboxes) {
      if (fault !== null) tally.fail({ message: fault, hint: KIND_UNUSABLE }, options.onError)
    }
    return { outboxes, metOtherHub, interrupted }
  }
}

const KIND_UNUSABLE = 'Correct the plugin of that kind; --kinds with the others pushes without it.'

/** Whether the hub is known to hold something that is still here. */
function hasSent(outboxes: readonly Outbox[]): boolean {
  return outboxes.some(({ sent, held }) => sent.knownCount + held.length > 0)
}

/** The owner's push makes the space, also where there is nothing to send: others join it before anything is written. */
function isOwner({ container, env }: Session, { hub, owner }: Target): boolean {
  return handleOf(container, env, hub) === owner
}

interface Pass {
  readonly outboxes: readonly Outbox[]
  readonly metOtherHub: boolean
  readonly interrupted: boolean
}

/** Only once there is something to send or to ask: nothing else of a push needs the network, or an identity. */
async function openDelivery(
  session: Session,
  options: PushOptions,
  target: Target,
  state: SyncState,
  tally: Tally,
): Promise<Delivery> {
  const [{ connect }, { Delivery }] = await Promise.all([import('../../workspace/connect.js'), import('./delivery.js')])
  const standing: Standing = async (kind, recordIds) => {
    const { standingAtHub } = await import('./standing-at-hub.js')
    return standingAtHub(session, kind, recordIds)
  }
  return new Delivery(await connect(session, target, true), target, state, tally, standing, options.onError)
}
