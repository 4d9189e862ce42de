import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { checkedRunId, type NamedRun, runOfEnvironment } from '../workspace/run-id.js'
import type { CommandOption } from './command.js'
import type { Flags } from './flags.js'

export const RUN_ID_OPTION = {
  flag: '--run-id <id>',
  description: 'The run that this is done for (else MUSE_COORD_RUN_ID, else the session of the agent program).',
} as const satisfies CommandOption

export const RESUME_OPTION = {
  flag: '--resume',
  description: 'The run worked in another place before, and goes on here.',
} as const satisfies CommandOption

interface RunIdCall {
  readonly flags: Flags<never, 'run-id'>
  readonly env: Environment
}

/** The run that a command is for: `--run-id`, else what the environment names. Throws `RUN_ID_MISSING`. */
export function readRunId(call: RunIdCall): string {
  const run = namedRun(call)
  if (run === null) throw coordError('RUN_ID_MISSING')
  return run.runId
}

/** The same, `null` where nothing names one. */
export function namedRun({ flags, env }: RunIdCall): NamedRun | null {
  const runId = flags.text('run-id')
  return runId === undefined ? runOfEnvironment(env) : { runId: checkedRunId('--run-id', runId), from: '--run-id' }
}

/** `--run-id` alone, for commands in which it chooses what is shown: `null` where it was not given. */
export function chosenRunId({ flags }: Pick<RunIdCall, 'flags'>): string | null {
  const runId = flags.text('run-id')
  return runId === undefined ? null : checkedRunId('--run-id', runId)
}
