import {
  type AgentEvent,
  type AgentProgram,
  coordError,
  type JsonObject,
  type KeeperProgram,
  scanJson,
} from '../../src/plugin.js'

/** What a program has sent to its hook. */
export interface HookRequest {
  readonly program: AgentProgram
  /** The event as the command line names it; `null`: it names none. */
  readonly eventName: string | null
  /** What stood on standard input, or why it could not be read. */
  readonly input: { readonly text: string } | { readonly fault: string }
  /** How this program is started, to leave a keeper of a store that has a hub; left out: none is left. */
  readonly keeperProgram?: KeeperProgram
}

/** A tool's input carries whole files. */
export const MAX_INPUT_BYTES = 4 * 1024 * 1024
const MAX_DEPTH = 64
const MAX_VALUES = 100_000

/** The event that stands on standard input; `null`: it concerns nobody here. Throws `HOOK_INPUT`. */
export function readEvent({ program, eventName, input }: HookRequest): AgentEvent | null {
  if ('fault' in input) throw coordError('HOOK_INPUT', program.title, input.fault)
  const outline = scanJson(Buffer.from(input.text), { depth: MAX_DEPTH, values: MAX_VALUES })
  if ('fault' in outline) throw coordError('HOOK_INPUT', program.title, outline.fault)
  const document: unknown = JSON.parse(input.text)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw coordError('HOOK_INPUT', program.title, 'is no JSON object')
  }
  return program.readEvent(document as JsonObject, eventName)
}
