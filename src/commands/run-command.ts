import { quote } from '../base/quote.js'
import { inPluginCode } from '../kinds/containment/plugin-code.js'
import { pluginFailed } from '../kinds/containment/plugin-failed.js'
import { isJsonObject, type JsonObject } from '../record/record.js'
import type { Session } from '../workspace/session.js'
import type { Command, CommandCall, CommandResult } from './command.js'
import { commandOrigin } from './command-origin.js'
import { freshnessText, tellsFreshness } from './max-age.js'
import type { Text } from './output.js'

/**
 * Runs a command and prints what it returned, and beside it what is not the command's own: how fresh an answer is that depends
 * on what others wrote, and whether the hub has what was written. Resolves to the exit code.
 *
 * @param opened the call's session, where the command has opened it
 */
export async function runCommand(
  command: Command,
  call: CommandCall,
  opened: () => Promise<Session> | undefined,
): Promise<number> {
  const maxAge = tellsFreshness(command) ? call.flags.duration('max-age', { min: 0 }) : undefined
  if (maxAge !== undefined) {
    const { ensureFresh } = await import('../sync/ensure-fresh.js')
    await ensureFresh(await call.session(), maxAge)
  }
  const { result, text = '', exitCode = 0, isPlain = false } = await runContained(command, call)
  if (result === undefined) {
    call.output.progress('')
    return exitCode
  }
  const session = await opened()
  const parts =
    session === undefined
      ? []
      : [
          await freshnessPart(command, session),
          await sentPart(session),
          pluginPart(session),
          TELLS_UNREAD.some((field) => field in result) ? NOTHING : unreadPart(command, session),
        ]
  const fields = Object.assign({}, ...parts.map((part) => part.fields))
  call.output.emit(result, withLines(text, isPlain ? '' : parts.map((part) => part.line).join('')), fields)
  return exitCode
}

/** What is added to an answer: fields of the document, and the end of the text. */
interface Part {
  readonly fields: object
  readonly line: string
}

/** Fields of answers that name what could not be read by themselves. */
const TELLS_UNREAD = ['unread', 'problems']

/** Milliseconds. What another program rewrites in place meanwhile, the next command finds. */
const A_SECOND = 1000

const NOTHING: Part = { fields: {}, line: '' }

async function freshnessPart(command: Command, session: Session): Promise<Part> {
  if (!tellsFreshness(command)) return NOTHING
  const { freshness } = await import('../workspace/freshness.js')
  const known = freshness(session)
  return { fields: { asOf: known.asOf }, line: freshnessText(known) }
}

/**
 * What depends on what others wrote may lack what could not be read, and says so: a disk that fails has not made it free. Beside
 * what is so now stands what was so when the answer was looked up, which may have passed.
 */
function unreadPart(command: Command, session: Session): Part {
  const { openedWorkspace } = session
  if (!tellsFreshness(command) || openedWorkspace === undefined) return NOTHING
  // Only now: where the settings cannot be read nobody knows every kind, and `guard` passes all the same.
  const { registry } = session
  const { view } = openedWorkspace
  const met = view.takeUnread(registry.all.map(({ name }) => name))
  const reasons = new Map([...met, ...view.snapshot(A_SECOND).problems()].map(({ path, reason }) => [path, reason]))
  const unread = [...reasons].map(([path, reason]) => ({ path, reason }))
  const [first, ...others] = unread
  if (first === undefined) return NOTHING
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  return { fields: { unread }, line: `\n⚠️  cannot tell all: ${first.path} ${first.reason}${more}` }
}

/** A program that reads the document must learn what it was made without; a person is told on stderr. */
function pluginPart({ pluginFaults }: Session): Part {
  if (pluginFaults.length === 0) return NOTHING
  return { fields: { pluginFaults: pluginFaults.map(({ message, hint }) => ({ error: message, hint })) }, line: '' }
}

/** What a plugin's command throws or forgets is told as the plugin's. */
async function runContained(command: Command, call: CommandCall): Promise<CommandResult> {
  const origin = commandOrigin(command)
  if (origin === undefined) return command.run(call)
  try {
    const returned: unknown = await inPluginCode({ origin, what: `the command "${command.name}"` }, () =>
      command.run(call),
    )
    const problem = isJsonObject(returned) ? resultProblem(returned) : 'it returned no object'
    if (problem !== null) throw new Error(problem)
    const { result, text } = returned as CommandResult
    return result === undefined && text !== undefined
      ? { ...(returned as CommandResult), result: {} }
      : (returned as object)
  } catch (error) {
    throw pluginFailed(origin, error, `in "${command.name}": `)
  }
}

/** Why what a command returned cannot be printed; a document that JSON refuses throws by itself. */
function resultProblem({ result, text, exitCode = 0 }: JsonObject): string | null {
  if (result !== undefined && !isJsonObject(result)) return 'its result is no object'
  if (text !== undefined && typeof text !== 'string' && typeof text !== 'function') return 'its text is no text'
  if (!Number.isInteger(exitCode)) return `its exitCode is no number: ${quote(exitCode)}`
  JSON.stringify(result)
  return null
}

/** Where nothing was written, or no hub is set, there is nothing to say. */
async function sentPart(session: Session): Promise<Part> {
  const { openedWorkspace: workspace, space, env } = session
  if (workspace === undefined || workspace.written.size === 0) return NOTHING
  const { chosenSpace } = await import('../workspace/state/chosen-space.js')
  if (chosenSpace(space, env, workspace.repo) === null) return NOTHING
  const { areSent } = await import('../sync/push/unsent.js')
  const isSent = await areSent(session, workspace.written)
  if (isSent) return { fields: { isSent }, line: '' }
  const { keeperOf } = await import('../workspace/keeper-lock.js')
  const isOnItsWay = keeperOf(workspace.repo) !== null
  const line = isOnItsWay ? 'on its way: `sync watch` is running' : 'not sent yet (muse-coord sync push)'
  return { fields: { isSent }, line: `\n   ${line}` }
}

function withLines(text: Text, lines: string): Text {
  if (lines === '') return text
  return () => (typeof text === 'string' ? text : text()) + lines
}
