import {
  type AgentAnswer,
  type AgentEvent,
  type KeeperProgram,
  type Session,
  unreadHolds,
  type Workspace,
} from '../../../src/plugin.js'
import type { RunNotes } from '../run-notes.js'

/** One call of the hook, as the functions of the moments are given it. */
export interface HookCall {
  /** Of the directory in which the agent works. */
  readonly session: Session
  readonly event: AgentEvent
  readonly runId: string
  readonly notes: RunNotes
  /** Whether what is said before an edit reaches the model; else it is said after it. */
  readonly isHeardBeforeEdit: boolean
  /** How a keeper of the store is started; `undefined`: none is. */
  readonly keeperProgram: KeeperProgram | undefined
}

/** What is to be said at a moment; what is left out is nothing. */
export interface Said extends Partial<AgentAnswer> {
  /** Why what was written may be another run's all the same. */
  readonly fault?: string | null
  /** Called once the program has the answer, where what is said for the model to read is in it. */
  readonly heard?: () => void
}

/** Whoever gets a file while a record cannot be read may have got what that holds; `null`: all are read. */
export function unreadFault(workspace: Workspace): string | null {
  const [unread] = unreadHolds(workspace)
  return unread === undefined ? null : `${unread.path} ${unread.reason}, and may hold what is written`
}

/** A hold that lasts that long yet is not renewed before an edit: each tool call beats. */
export const ENOUGH_MILLISECONDS = 10 * 60 * 1000

/** What is said where nothing is to be said. */
export const NOTHING: AgentAnswer = { deny: null, context: null, goOn: null, environment: {} }

/** Lines as one text; `null` for none. */
export function linesOf(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : lines.join('\n')
}
