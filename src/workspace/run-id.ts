import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { isSafeRecordId } from '../record/record.js'
import { SESSION_CHARACTERS, type SESSION_PROGRAMS } from '../record/run-name.js'

/** A run id, and what named it: a flag or a variable. */
export interface NamedRun {
  readonly runId: string
  /** `--run-id`, `MUSE_COORD_RUN_ID`, `CLAUDE_CODE_SESSION_ID` … */
  readonly from: string
}

/** What agent programs tell the commands that they run: the id of their session. */
const SESSION_VARIABLES = [
  { program: 'claude', variable: 'CLAUDE_CODE_SESSION_ID' },
  { program: 'codex', variable: 'CODEX_THREAD_ID' },
  { program: 'gemini', variable: 'GEMINI_SESSION_ID' },
  { program: 'copilot', variable: 'COPILOT_AGENT_SESSION_ID' },
] as const satisfies readonly { program: (typeof SESSION_PROGRAMS)[number]; variable: string }[]

const OWN_VARIABLE = 'MUSE_COORD_RUN_ID'

/**
 * The run id of an agent program's session: `claude-9f3c1a2b3c4d`; of a subagent `claude-9f3c1a2b3c4d_5e6f7a8b9c0d`. `null` for
 * a session whose id has no letter and no digit.
 */
export function sessionRunId(program: string, sessionId: string, childId: string | null = null): string | null {
  const [session, child] = [endOf(sessionId), endOf(childId ?? '')]
  return session === '' ? null : `${program}-${session}${child && `_${child}`}`
}

function endOf(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '').slice(-SESSION_CHARACTERS)
}

/** The run that an environment names: its own variable, else the session of the agent program that runs this; or none. */
export function runOfEnvironment(env: Environment): NamedRun | null {
  const own = env[OWN_VARIABLE]
  if (own) return { runId: checkedRunId(OWN_VARIABLE, own), from: OWN_VARIABLE }
  for (const { program, variable } of SESSION_VARIABLES) {
    const runId = sessionRunId(program, env[variable] ?? '')
    if (runId !== null) return { runId, from: variable }
  }
  return null
}

/**
 * A run id becomes the id of the run's heartbeat, so it must be a safe record id: a run that could not beat would look dead
 * on every other machine.
 *
 * @param from the flag or variable that named it
 */
export function checkedRunId(from: string, runId: string): string {
  if (isSafeRecordId(runId)) return runId
  throw coordError('FLAG_VALUE', from, quote(runId), '1–128 characters of A-Za-z0-9_-:')
}
