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
  const localAuthor = handleOf(session.container, session.env, target.hub)
  if (isOffline) return { by: 'later', localAuthor }
  const { connect } = await import('../../workspace/connect.js')
  return { by: 'hub', session, target, client: connect(session, target, true), localAuthor }
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
export async function send({ client, target }: HubDecider, kind: Kind, record: CoordRecord): Promise<void> {
  const [{ pushFew }, { rememberSent }] = await Promise.all([
    import('../../hub-client/push-few.js'),
    import('../../workspace/leases/remember-sent.js'),
  ])
  const payloadText = JSON.stringify(record.payload)
  const answer = await pushFew(client, target, [{ kind, record, payloadText }]).catch((error: unknown) => {
    throw leaseUnconfirmed(error)
  })
  const [refused] = [...answer.rejected, ...answer.conflicts]
  if (refused !== undefined) {
    throw coordError('RECORD_REJECTED', `${record.kind} ${record.recordId}`, quote(refused.reason))
  }
  rememberSent(target, { kind, record, payloadText })
}

/**
 * The same before anything was sent: the owner's first push makes the space, and until then nothing is in it.
 *
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
 */
export async function bringAtFirst(decider: HubDecider): Promise<void> {
  try {
    await bring(decider)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'SPACE_HIDDEN') throw error
  }
}

/** Brings what is in the space, to its end. Throws `LEASE_UNCONFIRMED` when the hub is out of reach. */
export async function bring({ session }: HubDecider): Promise<void> {
  const { pull } = await import('../pull/pull.js')
  await pull(session, { all: true, keepRecords: false }).catch((error: unknown) => {
    throw leaseUnconfirmed(error)
  })
}
