/** The agent programs whose sessions name runs: `claude-9f3c1a2b3c4d`. */
export const SESSION_PROGRAMS = ['claude', 'codex', 'gemini', 'copilot', 'cursor', 'opencode'] as const

/** Of the end of a session's id: a UUIDv7 begins with the time, so sessions of one moment begin alike. */
export const SESSION_CHARACTERS = 12

const SESSION_RUN = new RegExp(
  `^(?:${SESSION_PROGRAMS.join('|')})-([A-Za-z0-9]{${SESSION_CHARACTERS}})(?:_(.+))?$`,
  'v',
)

/** Whether a run id was made of an agent program's session: then nobody else bears it, wherever its commands are run. */
export function isSessionRun(runId: string): boolean {
  return SESSION_RUN.test(runId)
}

/** Whether what a run has goes with another: it is that one, or one of its subagents. */
export function isPartOf(part: string, whole: string): boolean {
  const [, , child] = SESSION_RUN.exec(whole) ?? []
  return part === whole || (isOneRun(part, whole) && (child === undefined || SESSION_RUN.exec(part)?.[2] === child))
}

/**
 * Whether two run ids name one run. Ids that people choose are compared whole. Those of one session are one run whatever
 * program they name, because a program may call the hooks of two; so are a session and each of its subagents, whose shells
 * know the session alone. Two subagents of one session are two runs.
 */
export function isOneRun(one: string, other: string): boolean {
  if (one === other) return true
  const [, session, child] = SESSION_RUN.exec(one) ?? []
  const [, otherSession, otherChild] = SESSION_RUN.exec(other) ?? []
  if (session === undefined || session !== otherSession) return false
  return child === undefined || otherChild === undefined || child === otherChild
}
