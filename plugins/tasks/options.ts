import type { CommandOption } from '../../src/plugin.js'

export const OFFLINE_OPTION = {
  flag: '--offline',
  description: 'Do not ask the hub: provisional until `sync push` finds whether another run has it.',
} as const satisfies CommandOption

/** What exit codes mean where a task is named. */
export const TASK_EXIT_CODES: Readonly<Record<number, string>> = {
  1: 'bad arguments, no identity, or the hub failed or is out of reach (cure: --offline)',
  4: 'there is no such task, or nothing to claim',
  6: 'another run holds the task, or bears the name of this one (--resume)',
  7: 'this run has lost the task to another: stop the work on it',
}
