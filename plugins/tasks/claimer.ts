import { type Leases, openLeases, type Session, type Workspace } from '../../src/plugin.js'
import { enterAs } from '../reserving/enter-as.js'

/** A run that claims and ends tasks, and what it does so with. */
export interface Claimer {
  readonly session: Session
  readonly workspace: Workspace
  readonly leases: Leases
  readonly runId: string
  /** It asks again until it has one: what it is refused meanwhile is no collision. */
  readonly isWaiting?: boolean
}

/** What whoever ends a task says of its run. */
export interface EnderRequest {
  readonly runId: string
  /** Does not ask the hub. */
  readonly isOffline?: boolean | undefined
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean | undefined
}

/** For a run that ends what it has. */
export async function openEnder(
  session: Session,
  { runId, isOffline, resume = false }: EnderRequest,
): Promise<Claimer> {
  if (resume) await enterAs(session, { runId, isOffline, resume })
  return openClaimer(session, runId, isOffline)
}

export async function openClaimer(session: Session, runId: string, isOffline = false): Promise<Claimer> {
  return { session, workspace: session.workspace, leases: await openLeases(session, { isOffline }), runId }
}
