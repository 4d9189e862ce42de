import type { JsonObject } from '../record/record.js'

/** What happens in a session, in its order. */
export type AgentMoment = 'start' | 'before_edit' | 'after_tool' | 'turn_end' | 'end'

/** What a program tells its hook, in one shape for all programs. */
export interface AgentEvent {
  readonly moment: AgentMoment
  /** The program's own name of the moment, which some answers have to repeat. */
  readonly name: string
  readonly sessionId: string
  /** Of a subagent: what tells it from the others of its session; `null`: the session itself. */
  readonly childId: string | null
  /** Where the agent works, absolute; `null`: the program does not tell. */
  readonly directory: string | null
  /** The files that the tool writes, absolute or seen from {@link directory}. */
  readonly paths: readonly string[]
  /** Whether the tool may have written anything, as a shell may. */
  readonly isShell: boolean
  /** At a turn's end: whether the turn goes on already because a hook asked for it. To ask again would never end. */
  readonly goesOn: boolean
}

/** What is to be said to a program. All of it may be missing: then it is told nothing. */
export interface AgentAnswer {
  /** Before an edit: why it must not be done. */
  readonly deny: string | null
  /** For the model to read. */
  readonly context: string | null
  /** At a turn's end: what there is to do yet. */
  readonly goOn: string | null
  /** For the shells that the agent starts, where the program takes variables by its answers. */
  readonly environment: Readonly<Record<string, string>>
}

/** A text with our part in it, and how that is brought there. */
export type AgentFile =
  /** Lists in a file of JSON, comments allowed, that others write too: each entry is added to the end of its list. */
  | { readonly form: 'entries'; readonly path: string; readonly entries: readonly AgentEntry[] }
  /** A member of such a document: the names that lead to it, the last one ours. */
  | { readonly form: 'member'; readonly path: string; readonly names: readonly string[]; readonly value: JsonObject }
  /** A table of a document of TOML, by the names that lead to it. */
  | { readonly form: 'table'; readonly path: string; readonly names: readonly string[]; readonly values: JsonObject }
  /** A file that is ours alone. */
  | { readonly form: 'whole'; readonly path: string; readonly text: string }

/** An entry of a list in a document. */
export interface AgentEntry {
  /** The names that lead to the list: `['hooks', 'SessionStart']`. */
  readonly list: readonly string[]
  readonly entry: JsonObject
}

/** Whose settings are meant: those of the repository, or those of the user. */
export type AgentScope = 'project' | 'user'

/**
 * A program that runs agents and calls hooks: what it sends, how it is answered, where its hooks stand. `hook`, `setup` and
 * `guard` work by this alone and ask no program for its name.
 */
export interface AgentProgram {
  /** As it is typed, and the beginning of its runs' ids: `claude`. */
  readonly name: string
  /** For people: `Claude Code`. */
  readonly title: string
  /** The name of its executable, by which `setup` finds it. */
  readonly executable: string
  /** The moments at which an answer's context reaches the model. */
  readonly readsContextAt: readonly AgentMoment[]
  /**
   * One event. `null`: it is about nothing that concerns anybody here. What the program sends may change: each field is to be
   * taken for what it is.
   *
   * @param name the event as the hook's command line names it; `null`: it names none
   */
  readEvent(input: JsonObject, name: string | null): AgentEvent | null
  /** The answer in the program's own words, which is printed as JSON; `null`: nothing is to be printed. */
  answer(event: AgentEvent, answer: AgentAnswer): JsonObject | null
  /**
   * Whether a hook that runs beside a session of this environment, and ends with 2, has what it wrote on standard error put
   * before the model, also where that waits for its user. Left out: never.
   */
  isWoken?(env: Readonly<Record<string, string | undefined>>): boolean
  /** The variable that names a file whose lines `export NAME=value` reach the agent's shells, at the session's start. */
  readonly environmentFileVariable?: string
  /**
   * The file that calls the hook.
   *
   * @param command makes the shell command that runs the hook, with a further argument where it has to name the event
   */
  hooks(scope: AgentScope, command: (event?: string) => string): AgentFile
  /**
   * The file that has the program start the server of tools; `null`: in this scope it is not a file that others may write.
   * Left out: the program knows no such servers.
   *
   * @param server the words that start it
   */
  tools?(scope: AgentScope, server: readonly [string, ...string[]]): AgentFile | null
  /** The file of Markdown from which the program's agents learn how to work here; `AGENTS.md` when left out. */
  readonly guide?: string
  /** An event before a file is edited, as the program sends it, by which `setup --verify` tries the hook. */
  example(directory: string, file: string): { readonly name: string | null; readonly input: JsonObject }
  /** What a person has to do before the hooks run, where the program asks for it. */
  readonly byHand?: string
  /**
   * What a person has to do so that the agent's shell reaches a store that lies outside of its working tree, where the program
   * keeps shells from that.
   *
   * @param store the directory of the store
   */
  outside?(store: string): string
}

/** The DI token of {@link AgentProgram}s. */
export const AGENT_PROGRAM: symbol = Symbol.for('muse-coord.agent-program')
