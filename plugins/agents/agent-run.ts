import fs from 'node:fs'
import {
  AGENT_PROGRAM,
  type AgentEvent,
  type AgentProgram,
  isSessionRun,
  type Session,
  sessionRunId,
} from '../../src/plugin.js'

const OWN_VARIABLE = 'MUSE_COORD_RUN_ID'
const PROCESS_VARIABLE = 'MUSE_COORD_PID'

/** The programs that are known here, those of plugins too. */
export function knownPrograms({ container }: Pick<Session, 'container'>): readonly AgentProgram[] {
  return container.isRegistered(AGENT_PROGRAM, true) ? container.resolveAll<AgentProgram>(AGENT_PROGRAM) : []
}

/** The run that an event is about; `null`: its session has no id. */
export function runOf(
  session: Pick<Session, 'env'>,
  program: Pick<AgentProgram, 'name'>,
  { sessionId, childId }: AgentEvent,
): string | null {
  const own = session.env[OWN_VARIABLE]
  // A session that another one's shell has started inherits the name of that one, and is another run.
  if (!own || isSessionRun(own)) return sessionRunId(program.name, sessionId, childId)
  return childId === null ? own : `${own}_${sessionRunId('', childId)?.slice(1)}`
}

/**
 * What an agent's shells have to know: who they work for, and the process whose end is the end of the run.
 *
 * @param parent the process that has started this one
 */
export function environmentOf(runId: string, parent = process.ppid): Readonly<Record<string, string>> {
  return { [OWN_VARIABLE]: runId, ...processEnvironment(parent) }
}

/** The process alone, for who serves an agent and is not told its run. */
export function processEnvironment(parent = process.ppid): Readonly<Record<string, string>> {
  const pid = processBeyondShells(parent)
  return pid === null ? {} : { [PROCESS_VARIABLE]: String(pid) }
}

/** Whether the agent that has called this process is still there, as far as its environment names it. */
export function agentLives(env: Readonly<Record<string, string | undefined>>): boolean {
  const pid = Number(env[PROCESS_VARIABLE])
  return !Number.isSafeInteger(pid) || pid <= 0 || statOf(pid) !== null
}

const SHELLS: readonly string[] = ['sh', 'bash', 'dash', 'zsh', 'ash', 'ksh', 'busybox', 'fish']
const MAX_SHELLS = 5

/** A shell between the agent and its hook is gone in a moment. `null` where nobody tells what a process is: only Linux does. */
function processBeyondShells(first: number): number | null {
  let pid = first
  for (let shells = 0; shells < MAX_SHELLS; shells++) {
    const stat = statOf(pid)
    const [, name = '', parent = '0'] = /^\d+ \((.*)\) \S (\d+) /s.exec(stat ?? '') ?? []
    // The first process of all never ends.
    if (stat === null || pid <= 1) return null
    if (!SHELLS.includes(name)) return pid
    pid = Number(parent)
  }
  return null
}

function statOf(pid: number): string | null {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null // another system, or gone: then no process is named, and time alone ends what is held
  }
}
