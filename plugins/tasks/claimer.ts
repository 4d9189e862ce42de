import { type Leases, openLeases, type Session, type Workspace } from '../../src/plugin.js'

/** A run that claims and ends tasks, and what it does so with. */
export interface Claimer {
  readonly session: Session
  readonly workspace: Workspace
  readonly leases: Leases
  readonly runId: string
  /** It asks again until it has one: what it is refused meanwhile is no collision. */
  readonly isWaiting?: boolean
}

export async function openClaimer(session: Session, runId: string, isOffline = false): Promise<Claimer> {
  return { session, workspace: session.workspace, leases: await openLeases(session, { isOffline }), runId }
}
