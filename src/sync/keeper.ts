import { setTimeout as sleep } from 'node:timers/promises'
import { problemOf } from '../base/errors.js'
import { type HeldLock, tryProcessLock } from '../files/process-lock.js'
import { freshness } from '../workspace/freshness.js'
import { KEEPER_LOCK, keeperOf } from '../workspace/keeper-lock.js'
import type { Repo } from '../workspace/repo.js'
import type { Session } from '../workspace/session.js'
import { isStoreThere } from '../workspace/store-there.js'
import { trackedPathsOf } from '../workspace/tracked-records.js'
import { performDuties } from './perform-duties.js'
import { serveRelay } from './serve-relay.js'
import { type WatchEvent, type WatchOptions, watch } from './watch.js'

export interface KeeperOptions extends Omit<WatchOptions, 'onEvent'> {
  /** Ends when no run of the store has been alive for so long, or another process keeps it; left out: it goes on. */
  readonly idleSeconds?: number | undefined
  /** Keeps a store that has no hub too, where there is no more to do than to see who lives. Left out: there has to be one. */
  readonly needsNoHub?: boolean
  /** Called with everything that happens, in order. */
  readonly onEvent: (event: KeeperEvent) => void
}

export type KeeperEvent =
  | WatchEvent
  /** Another process keeps the store; this one takes over when that ends. */
  | { readonly event: 'standing_by'; readonly keeper: string }
  /** From now on this process keeps it. */
  | { readonly event: 'keeping' }
  /** No run is alive, and so the keeper ends. */
  | { readonly event: 'idle' }

/** Under `.sync/`: why the last keeper ended that did not end by itself. */
const FAULT = 'keeper-fault'
const MAX_FAULT_BYTES = 64 * 1024
const LOOK_MILLISECONDS = 1000
/** Who is alive is looked at so often, or oftener where less is waited for. */
const IDLE_LOOK_MILLISECONDS = 15_000
/** Who holds nothing and has written nothing for so long is not alive. */
const QUIET_MILLISECONDS = 900_000
/** Who holds something, and has not written for so long, is not either. */
const SILENT_MILLISECONDS = 24 * 3600 * 1000

/**
 * Keeps a store in step with its space, as {@link watch} does, as the one process of the store that does: while another one
 * is at it this one stands by, and takes over when that ends. Goes on through the loss of its store: a `.muse/` that comes
 * back is kept again.
 */
export async function keep(session: Session, options: KeeperOptions): Promise<void> {
  const { repo } = session.workspace
  const { onEvent, idleSeconds } = options
  const isIdle = idleSeconds === undefined ? () => false : idleness(session, idleSeconds * 1000)
  let toldOf: string | null = null
  while (!session.signal.aborted) {
    const lock = isStoreThere(repo) ? await tryProcessLock(repo.sync, KEEPER_LOCK) : null
    if (lock === null) {
      const keeper = keeperOf(repo)
      if (keeper !== null && keeper !== toldOf) onEvent({ event: 'standing_by', keeper })
      toldOf = keeper
      // Whoever keeps a store for runs that work now has nothing to do where another one does.
      if (keeper !== null && idleSeconds !== undefined) return
      if (isIdle()) return onEvent({ event: 'idle' })
      await sleep(LOOK_MILLISECONDS, undefined, { signal: session.signal }).catch(() => {})
      continue
    }
    toldOf = null
    repo.sync.remove(FAULT)
    onEvent({ event: 'keeping' })
    if ((await keepWith(lock, session, options, isIdle)) === 'idle') return onEvent({ event: 'idle' })
  }
}

/** Why the last keeper of a store ended that did not end by itself; `null`: it did, or there was none. */
export function keeperFault(repo: Repo): string | null {
  const reading = repo.sync.read(FAULT, MAX_FAULT_BYTES)
  return 'text' in reading ? reading.text : null
}

/** Resolves when the keeper has to stop: to its reason. Rejects with what waiting cannot cure. */
async function keepWith(
  lock: HeldLock,
  session: Session,
  options: KeeperOptions,
  isIdle: () => boolean,
): Promise<'lost' | 'idle' | 'interrupted'> {
  const { repo } = session.openedWorkspace ?? session.workspace
  const stopping = new AbortController()
  let reason: 'lost' | 'idle' | 'interrupted' = 'interrupted'
  const stop = (because: typeof reason) => {
    reason = because
    stopping.abort()
  }
  const isAlone = options.needsNoHub === true && !hasHub(session)
  const timer = setInterval(() => {
    try {
      // Its hub is named while it is kept without one.
      if (!lock.isHeld() || (isAlone && hasHub(session))) stop('lost')
      else if (isIdle()) stop('idle')
      else if (isStoreThere(repo)) lock.renew()
    } catch {
      // Whatever is wrong with the store, the next try to take the lock says it.
      stop('lost')
    }
  }, LOOK_MILLISECONDS)
  try {
    const signal = AbortSignal.any([session.signal, stopping.signal])
    await serve(session.with({ signal }), options, isAlone).catch((error: unknown) => {
      if (signal.aborted) return
      if (isStoreThere(repo)) repo.sync.write(FAULT, problemOf(error))
      throw error
    })
    return reason
  } finally {
    clearInterval(timer)
    lock.release()
  }
}

/** Keeps the store in step, asks the hub for those who are kept from it, and sees to it who lives. */
async function serve(session: Session, options: WatchOptions, isAlone: boolean): Promise<void> {
  const stopRelay = isAlone ? () => {} : serveRelay(session)
  try {
    const endDuties = performDuties(session)
    try {
      await (isAlone ? ended(session.signal) : watch(session, { keepRecords: false, ...options }))
    } finally {
      await endDuties()
    }
  } finally {
    stopRelay()
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function hasHub(session: Session): boolean {
  try {
    return freshness(session).hub !== null
  } catch {
    return false // what is wrong with the settings, whoever needs the hub is told
  }
}

/** Tells whether nobody has been alive for a while; looks now and then. */
function idleness(session: Session, idleMilliseconds: number): () => boolean {
  let lookedAt = Number.NEGATIVE_INFINITY
  let aliveAt = performance.now()
  return () => {
    const now = performance.now()
    if (now - lookedAt < Math.min(IDLE_LOOK_MILLISECONDS, idleMilliseconds / 2)) return false
    lookedAt = now
    if (isAnybodyAlive(session)) aliveAt = now
    return now - aliveAt >= idleMilliseconds
  }
}

/**
 * Whether a run of this store has written something lately, or holds something and has written within a day: what it holds stands
 * also where no process keeps the store. Those of other machines have their own keeper, and what came with a clone keeps none.
 */
function isAnybodyAlive({ openedWorkspace: workspace, clock }: Session): boolean {
  if (workspace === undefined || !isStoreThere(workspace.repo)) return false
  // Files are dated by this machine's clock, and what is held ends by the hub's.
  const ownNow = clock.now()
  const records = workspace.view.alive([], workspace.view.now - QUIET_MILLISECONDS)
  const tracked = trackedPathsOf(workspace.repo)
  return workspace.registry.all.some((kind) =>
    records.entries(kind.name).some((entry) => {
      const { origin, file, arrivedAt } = entry
      // A file can be dated ahead.
      if (origin !== 'local' || tracked.has(file) || arrivedAt > ownNow + QUIET_MILLISECONDS) return false
      const end = records.endOf(kind.name, entry.recordId)
      const holds = kind.holds !== undefined && (end === null || end === undefined || end > records.now)
      return arrivedAt > ownNow - (holds ? SILENT_MILLISECONDS : QUIET_MILLISECONDS)
    }),
  )
}
