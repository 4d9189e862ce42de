import path from 'node:path'
import {
  type AgentAnswer,
  type AgentEvent,
  type AgentMoment,
  type AgentProgram,
  asCoordError,
  coordError,
  type JsonObject,
  oneLine,
  printable,
  problemOf,
  readConfig,
  type Session,
} from '../../src/plugin.js'
import { environmentOf, runOf } from './agent-run.js'
import { beforeEdit } from './moments/before-edit.js'
import { type HookCall, linesOf, NOTHING, type Said } from './moments/moment.js'
import { type HookRequest, readEvent } from './read-event.js'
import { RunNotes } from './run-notes.js'
import { NO_RUN, noteUnchecked, takeUnchecked, type Unchecked } from './unchecked.js'

export interface HookResult {
  /** What the program is to read, in its own words; `null`: nothing. */
  readonly answer: JsonObject | null
  /** Why nothing could be checked; `null`: everything was, or nothing was to be. */
  readonly fault: string | null
}

/** Below the limits that programs set to their hooks: who is cut off says nothing. */
const DEADLINE_MILLISECONDS = 1500
/** Longer contexts are cut by the programs. */
const MAX_CONTEXT = 9000

const MOMENTS: Readonly<Record<AgentMoment, (call: HookCall) => Promise<Said>>> = {
  before_edit: beforeEdit,
  // The others are loaded when they come: an edit waits for its hook.
  start: async (call) => (await import('./moments/session-start.js')).sessionStart(call),
  after_tool: async (call) => (await import('./moments/after-tool.js')).afterTool(call),
  turn_end: async (call) => (await import('./moments/turn-end.js')).turnEnd(call),
  end: async (call) => (await import('./moments/session-end.js')).sessionEnd(call),
}

/**
 * Answers one call of a program's hook. It never throws and never stands in the way: only what another run provably holds is
 * denied. What could not be checked is said with the next answer that the model reads.
 */
export async function hook(session: Session, request: HookRequest): Promise<HookResult> {
  const { program } = request
  let event: AgentEvent | null = null
  let own = session
  try {
    event = readEvent(request)
    if (event === null) return { answer: null, fault: null }
    own = sessionOf(session, event)
    const { heard, ...result } = await inTime(answerOf(own, request, event))
    // Only now: what came too late was told to nobody, and is told with the next answer.
    tryHeard(own, heard)
    return result
  } catch (thrown) {
    const error = asCoordError(thrown)
    // Where there is no workspace there is nothing to be checked.
    if (error.status === 'not_a_repo') return { answer: null, fault: null }
    return { answer: openly(own, program, event, error.message), fault: error.message }
  } finally {
    if (own !== session) own.close()
  }
}

/** The session in the directory that the event names, with what the run's records say of where it works. */
export function sessionOf(session: Session, { directory, sessionId }: AgentEvent): Session {
  const env = { ...session.env, ...environmentOf(sessionId), MUSE_COORD_RUN_ID: session.env.MUSE_COORD_RUN_ID }
  return session.with({ env, ...(directory !== null && { directory: path.resolve(session.directory, directory) }) })
}

async function answerOf(session: Session, request: HookRequest, event: AgentEvent): Promise<Answered> {
  const { program, keeperProgram } = request
  const runId = runOf(session, program, event)
  if (runId === null) throw coordError('HOOK_INPUT', program.title, 'names no session')
  const notes = new RunNotes(session, runId)
  const isHeardBeforeEdit = program.readsContextAt.includes('before_edit')
  const call = { session, event, runId, notes, isHeardBeforeEdit, keeperProgram }
  const { fault = null, heard: onHeard = () => {}, ...said } = await MOMENTS[event.moment](call)
  nameRunToShells(session, program, event, said)
  const heard = judged(session, said)
  // A refusal takes all of an answer: what is to be told waits for the next.
  const isHeard = heard.deny === null && heard.goOn === null && program.readsContextAt.includes(event.moment)
  if (fault !== null) noteUnchecked(session, runId, fault, isHeard)
  const unchecked = () =>
    fault === null ? [takeUnchecked(session, runId), takeUnchecked(session, NO_RUN)] : [{ fault, count: 1 }]
  const context = isHeard ? contextOf(heard.context, unchecked()) : null
  const answer = program.answer(event, { ...heard, context })
  return { answer, fault, heard: isHeard || heard.goOn !== null ? onHeard : () => {} }
}

interface Answered extends HookResult {
  /** Called once the answer is given. */
  readonly heard: () => void
}

/** Whoever has been told something that could not be noted is told it once more. */
function tryHeard(session: Session, heard: () => void): void {
  try {
    heard()
  } catch (error) {
    session.note(`⚠️  muse-coord: it will be told again: ${problemOf(error)}`)
  }
}

/**
 * What is said in the mode of the workspace: `warn` says what `block` would refuse, `observe` says nothing. A model reads what
 * no person sees, so nothing of that passes.
 */
function judged(session: Session, said: Said): AgentAnswer {
  const [deny, context, goOn] = [said.deny, said.context, said.goOn].map((text) => (text ? printable(text) : null))
  const all: AgentAnswer = { ...NOTHING, ...said, deny: deny ?? null, context: context ?? null, goOn: goOn ?? null }
  const { agentMode } = readConfig(session.workspace.repo)
  if (agentMode === 'observe') return { ...NOTHING, environment: all.environment }
  if (agentMode === 'block' || all.deny === null) return all
  return { ...all, deny: null, context: linesOf([all.deny, ...(all.context === null ? [] : [all.context])]) }
}

function contextOf(
  said: string | null,
  unchecked: readonly (Pick<Unchecked, 'fault' | 'count'> | null)[],
): string | null {
  const faults = unchecked.flatMap((one) => (one === null ? [] : [uncheckedText(one.fault, one.count)]))
  return linesOf([...faults, ...(said === null ? [] : [said])])?.slice(0, MAX_CONTEXT) ?? null
}

/** The answer where nothing could be checked: it goes on, and says so as soon as it is heard. */
function openly(session: Session, program: AgentProgram, event: AgentEvent | null, fault: string): JsonObject | null {
  const heardAt = event !== null && program.readsContextAt.includes(event.moment) ? event : null
  try {
    noteUnchecked(session, (event && runOf(session, program, event)) ?? NO_RUN, fault, heardAt !== null)
  } catch {
    // Where nothing can be written this answer and the line on stderr are all there is.
  }
  return heardAt && program.answer(heardAt, { ...NOTHING, context: uncheckedText(fault) })
}

function uncheckedText(fault: string, count = 1): string {
  const times = count === 1 ? '' : ` (${count} calls)`
  return `muse-coord: coordination was not checked${times}: ${oneLine(fault).replace(/[.!]?$/, '.')} Others may hold what you edit; muse-coord doctor tells more.`
}

function nameRunToShells({ env, storage }: Session, program: AgentProgram, { moment }: AgentEvent, said: Said): void {
  const { environmentFileVariable } = program
  const file = environmentFileVariable === undefined ? undefined : env[environmentFileVariable]
  if (moment !== 'start' || !file) return
  const lines = Object.entries(said.environment ?? {}).map(([name, value]) => `export ${name}=${value}\n`)
  storage.open(path.dirname(file)).append(path.basename(file), lines.join(''))
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(coordError('HOOK_LATE', DEADLINE_MILLISECONDS)), DEADLINE_MILLISECONDS)
  })
  // What comes too late is told by nobody.
  work.catch((error: unknown) => problemOf(error))
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
