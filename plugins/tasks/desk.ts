import {
  type CommandCall,
  type CommandOption,
  type Leases,
  openLeases,
  openWorkspace,
  readRunId,
  type Workspace,
} from '../../src/index.js'

/** What a verb that claims or ends tasks works with. */
export interface Desk {
  readonly call: CommandCall
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

/** @throws `FLAG_MISSING`, `FLAG_VALUE`, `NOT_A_REPO`, and what `openLeases` throws */
export async function openDesk(call: CommandCall): Promise<Desk> {
  const runId = readRunId(call.flags)
  const workspace = await openWorkspace(call)
  const leases = await openLeases(call, workspace, { isOffline: call.flags.on('offline') })
  return { call, workspace, leases, runId }
}
