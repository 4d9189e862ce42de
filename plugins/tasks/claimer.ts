import { type CommandOption, type Leases, openLeases, type Session, type Workspace } from '../../src/plugin.js'

/** A run that claims and ends tasks, and what it does so with. */
export interface Claimer {
  readonly session: Session
  readonly workspace: Workspace
  readonly leases: Leases
  readonly runId: string
}

export const OFFLINE_OPTION: CommandOption = {
  flag: '--offline',
  description: 'Do not ask the hub: provisional until `sync push` finds whether another run has it.',
}

/** How verbs on tasks can end. */
export const TASK_EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'bad arguments, no identity, or the hub failed or is out of reach (cure: --offline)',
  2: 'not inside a Muse repository',
  3: 'a fault of this program',
  4: 'there is no such task, or nothing to claim',
  6: 'another run holds the task',
  7: 'this run has lost the task to another: stop the work on it',
}

export async function openClaimer(session: Session, runId: string, isOffline = false): Promise<Claimer> {
  return { session, workspace: session.workspace, leases: await openLeases(session, { isOffline }), runId }
}
