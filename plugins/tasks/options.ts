import type { CommandOption } from '../../src/plugin.js'

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
