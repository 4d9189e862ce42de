import type { Session } from '../workspace/session.js'
import type { Command, CommandCall } from './command.js'
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
  const { result, text = '', exitCode = 0, isPlain = false } = await command.run(call)
  if (result === undefined) {
    call.output.progress('')
    return exitCode
  }
  const session = await opened()
  const parts = session === undefined ? [] : [await freshnessPart(command, session), await sentPart(session)]
  const fields = Object.assign({}, ...parts.map((part) => part.fields))
  call.output.emit({ ...result, ...fields }, withLines(text, isPlain ? '' : parts.map((part) => part.line).join('')))
  return exitCode
}

/** What is added to an answer: fields of the document, and the end of the text. */
interface Part {
  readonly fields: object
  readonly line: string
}

const NOTHING: Part = { fields: {}, line: '' }

async function freshnessPart(command: Command, session: Session): Promise<Part> {
  if (!tellsFreshness(command)) return NOTHING
  const { freshness } = await import('../workspace/freshness.js')
  const known = freshness(session)
  return { fields: { asOf: known.asOf }, line: freshnessText(known) }
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
  const { keeperOf } = await import('../sync/keeper-lock.js')
  const isOnItsWay = keeperOf(workspace.repo) !== null
  const line = isOnItsWay ? 'on its way: `sync watch` is running' : 'not sent yet (muse-coord sync push)'
  return { fields: { isSent }, line: `\n   ${line}` }
}

function withLines(text: Text, lines: string): Text {
  if (lines === '') return text
  return () => (typeof text === 'string' ? text : text()) + lines
}
