import type { InputReading } from '../files/standard-input.js'
import type { Plugin } from '../kinds/kind.js'
import type { Session } from '../workspace/session.js'
import type { CommandOption, FlagsOf } from './flags.js'
import type { Host, SignalListener } from './host.js'
import type { Moment } from './moments.js'
import type { Output, Text } from './output.js'

export type { CommandOption } from './flags.js'

/**
 * One thing a person or an agent can type. A command reads its flags, calls one function and returns that function's
 * result; the runner prints it, as text or with `--json` as the object itself.
 *
 * @typeParam Options as declared; what is not among them cannot be read, see {@link defineCommand}
 * @typeParam Places as declared
 */
export interface Command<
  Options extends readonly CommandOption[] = readonly CommandOption[],
  Places extends string = string,
> {
  /** The words typed after `muse-coord`: `sync push`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** When one needs it; left out: it stands behind the others in the overview. */
  readonly moment?: Moment
  /** What it takes away does not come back, so it is never offered for a mistyped word. */
  readonly takesAway?: boolean
  /** What it does, in a paragraph or two. */
  readonly description: string
  /** Positional arguments: `<task>` must be given, `[task]` may be, `<address...>` takes one or more. */
  readonly arguments?: Places
  readonly options: Options
  /** A DI token whose registered parts may bring a further option each, as their `option`: `flags` has it as typed. */
  readonly partsToken?: symbol
  /** What stands after `--` is the command's own. Left out: those words count as arguments, whatever they begin with. */
  readonly takesRest?: boolean
  /** Plugins are not loaded for it: it is about whether they should be. */
  readonly isBeforePlugins?: boolean
  /** Command lines that an agent can copy; the first is the most useful. */
  readonly examples: readonly string[]
  /**
   * The JSON that `--json` prints: one line a field. The runner adds `schema_version` and `duration_ms`, which are not
   * listed. Empty: it prints something else.
   */
  readonly json: readonly string[]
  /** What exit codes mean here; where it is what they mean everywhere (0, 1, 2, 3, 130) they are left out. */
  readonly exitCodes: Readonly<Record<number, string>>
  /** Does it. Throws `CoordError`; anything else that is thrown is reported as a fault of the program. */
  run(call: CommandCall<Options, Places>): Promise<CommandResult>
}

/** What was typed for declared arguments: `<task>` is there, `[task]` may be missing, of `<address...>` there is one at least. */
export type ArgumentsOf<Places extends string> = string extends Places
  ? readonly string[]
  : Places extends ''
    ? readonly []
    : Places extends `${infer First} ${infer More}`
      ? readonly [...ArgumentsOf<First>, ...ArgumentsOf<More>]
      : Places extends `<${string}...>`
        ? readonly [string, ...string[]]
        : Places extends `[${string}...]`
          ? readonly string[]
          : Places extends `<${string}>`
            ? readonly [string]
            : readonly [string?]

/** What a command is given. */
export interface CommandCall<
  Options extends readonly CommandOption[] = readonly CommandOption[],
  Places extends string = string,
> {
  readonly arguments: ArgumentsOf<Places>
  readonly flags: FlagsOf<Options>
  /** What stands after `--`, for a command that takes it. */
  readonly rest: readonly string[]
  /** The directory to work in: `-C`, else the process's own. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * What functions work in, with every plugin loaded and the space that `--hub`, `--owner` and `--slug` name. Made when
   * it is first asked for, so ask after cheap checks.
   */
  session(): Promise<Session>
  /** All commands there are, those of plugins too. */
  commands(): Promise<readonly Command[]>
  /** Runs another command line, as `demo` does, and returns its exit code. Never rejects. */
  runLine(argv: readonly string[], host: Host): Promise<number>
  readonly output: Output
  /** Standard input to its end, or to the end of one JSON document; more bytes than these are a fault. */
  readInput(maxBytes: number): Promise<InputReading>
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /**
   * From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT go to this function and do nothing else: `signal` does not abort any more.
   * For commands that run another program, whose signals these are. Missing where signals stay with the caller.
   */
  readonly takeSignals?: (listener: SignalListener) => void
  /**
   * From now on SIGHUP, which Windows does not send, calls this function and ends nothing, unless it says that the
   * terminal is gone. For commands that go on and read something anew. Missing where signals stay with the caller.
   */
  readonly onHangUp?: (listener: () => void) => void
}

/** What a command returns. */
export interface CommandResult {
  /** The function's result, in the spelling of TypeScript; `undefined` when everything was emitted on the way. */
  readonly result?: object
  /** The same for people. */
  readonly text?: Text
  /** The text is a document too: nothing is said beside it. */
  readonly isPlain?: boolean
  /** 0 when left out. */
  readonly exitCode?: number
}

/** The DI token of commands; registered values are `Command`s. */
export const COMMAND: symbol = Symbol.for('muse-coord.command')

/**
 * Says nothing but what a command may read: `call.flags` knows the declared flags only, switches apart from those with a
 * value, and `call.arguments` has the declared length. Options that are shared have to be declared `as const`.
 */
export function defineCommand<const Options extends readonly CommandOption[], const Places extends string = ''>(
  command: Command<Options, Places>,
): Command
export function defineCommand(command: Command): Command {
  return command
}

/** Makes a plugin of commands: `export default defineCommands(reserve, release)`. */
export function defineCommands(...commands: readonly Command[]): Plugin {
  return (container) => {
    for (const command of commands) container.register(COMMAND, { useValue: command })
  }
}
