import { handleOf } from '../../auth/identities.js'
import { CoordError, coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import type { HubClient } from '../../hub-client/hub-client.js'
import type { Kind } from '../../kinds/kind.js'
import type { CoordRecord } from '../../record/record.js'
import { hubOfStore } from '../../workspace/hub-of-store.js'
import { leaseUnconfirmed } from '../../workspace/leases/lease-errors.js'
import type { Session } from '../../workspace/session.js'
import { SyncState } from '../../workspace/state/sync-state.js'
import { resolveTarget, type Target } from '../../workspace/target.js'
import type { SealedRecord } from '../../workspace/workspace.js'

/** Who decides about the exclusive holds of a session. */
export type Decider =
  /** The turns of this store: there is no hub. */
  | { readonly by: 'store'; readonly localAuthor: null }
  /** A hub that is not asked now: what is held is provisional. */
  | { readonly by: 'later'; readonly localAuthor: string | null }
  | HubDecider

/** The order of a space. */
export interface HubDecider {
  readonly by: 'hub'
  readonly session: Session
  readonly target: Target
  readonly client: HubClient
  /** The handle that signs. */
  readonly localAuthor: string | null
}

// What speaks to a hub is loaded where one is asked: most holds are decided without, and somebody waits for each.

/** Finds out who decides. Throws what keeps a hub from being used that is configured: `NO_IDENTITY`, `FLAG_MISSING`. */
export async function openDecider(session: Session, isOffline = false): Promise<Decider> {
  const hub = hubOfStore(session, !isOffline)
  if (hub === null) return { by: 'store', localAuthor: null }
  // Nobody knows who signs at one that is not named now.
  if (hub === 'former') return { by: 'later', localAuthor: null }
  const target = resolveTarget(session)
  // At a hub that was moved it is known after that who signs.
  const client = isOffline ? null : await (await import('../../workspace/connect.js')).connect(session, target, true)
  const localAuthor = handleOf(session.container, session.env, target.hub)
  return client === null ? { by: 'later', localAuthor } : { by: 'hub', session, target, client, localAuthor }
}

/** The space that decides, in the epoch in which this store knows it; `null`: the store itself does. */
export function decisionOf(decider: Decider): string | null {
  if (decider.by !== 'hub') return null
  const { repo, hub, owner, slug } = decider.target
  const { epoch } = SyncState.open(repo, { hub: hub.base, owner, slug })
  return `${hub.base}/${owner}/${slug} ${epoch ?? ''}`
}

/**
 * Sends one record by itself, and remembers that the hub has it. May be called again safely.
 *
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach, `RECORD_REJECTED` for what it takes nothing like
 */
export async function send(decider: HubDecider, kind: Kind, record: CoordRecord): Promise<void> {
  await sendFew(decider, [{ kind, record, payloadText: JSON.stringify(record.payload) }])
}

/** The same for several, so many in a push. What the hub does not take keeps it from no other. */
export async function sendFew({ client, target }: HubDecider, records: readonly SealedRecord[]): Promise<void> {
  const [{ FEW, pushFew }, { rememberSent }] = await Promise.all([
    import('../../hub-client/push-few.js'),
    import('../../workspace/leases/remember-sent.js'),
  ])
  const refusals: { readonly recordId: string; readonly kind: string; readonly reason: string }[] = []
  for (let at = 0; at < records.length; at += FEW) {
    const few = records.slice(at, at + FEW)
    const answer = await pushFew(client, target, few).catch((error: unknown) => {
      throw leaseUnconfirmed(error)
    })
    const refused = [...answer.rejected, ...answer.conflicts]
    refusals.push(...refused)
    const taken = few.filter(({ record }) => !refused.some((one) => one.recordId === record.recordId))
    for (const one of taken) rememberSent(target, one)
  }
  const [refused] = refusals
  if (refused !== undefined) {
    throw coordError('RECORD_REJECTED', `${refused.kind} ${refused.recordId}`, quote(refused.reason))
  }
}

/**
 * The same before anything was sent: the owner's first push makes the space, and until then nothing is in it. Its owner makes it
 * here: the time by which ends are written is told by a pull.
 *
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
 */
export async function bringAtFirst(decider: HubDecider): Promise<void> {
  if (await hasBrought(decider)) return
  const { push } = await import('../push/push.js')
  await push(decider.session, { changed: new Map(), meetHub: true })
  await hasBrought(decider)
}

/** `false`: there is no such space for whoever asks. */
async function hasBrought(decider: HubDecider): Promise<boolean> {
  try {
    await bring(decider)
    return true
  } catch (error) {
    if (error instanceof CoordError && error.code === 'SPACE_HIDDEN') return false
    throw error
  }
}

/** Brings what is in the space, to its end. Throws `LEASE_UNCONFIRMED` when the hub is out of reach. */
export async function bring({ session }: HubDecider): Promise<void> {
  const { pull } = await import('../pull/pull.js')
  await pull(session, { all: true, keepRecords: false }).catch((error: unknown) => {
    throw leaseUnconfirmed(error)
  })
}
