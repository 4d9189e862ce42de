import { coordError, runOfEnvironment, type Session } from '../../src/plugin.js'

/** The run that a call is for: the one that it names, else the environment's; `null`: nothing names one. */
export function runOrNull({ env }: Session, named: string | undefined): string | null {
  return named ?? runOfEnvironment(env)?.runId ?? null
}

/** The same. Throws `RUN_UNNAMED`. */
export function runOf(session: Session, named: string | undefined): string {
  const runId = runOrNull(session, named)
  if (runId === null) throw coordError('RUN_UNNAMED')
  return runId
}
