import { cac } from 'cac'
import { coordError, problemOf } from '../base/errors.js'
import { cacKey, type DividedLine, divideLine, longName, toCac, typedValue, unknownFlag } from './argv.js'
import type { Command, CommandOption } from './command.js'
import { Flags } from './flags.js'
import { helpOf } from './help.js'
import { printedBy } from './printed-by.js'

/** Read before anything is parsed: a plugin may bring the very command. */
export const NO_PLUGINS = '--no-plugins'

/** The flags that every command has. */
export const COMMON_OPTIONS = [
  { flag: '-j, --json', description: 'Print one JSON document on stdout, errors too.' },
  { flag: '-C, --directory <dir>', description: 'Work in this directory.' },
  { flag: '--plugin <name>', description: 'Load a kind plugin, a package or a path; may be repeated.' },
  { flag: NO_PLUGINS, description: 'Load no plugin but the built-in ones.' },
] as const satisfies readonly CommandOption[]

/** A line that names a command, read. */
export interface ParsedLine {
  readonly command: Command
  readonly arguments: readonly string[]
  readonly flags: Flags
  /** Whatever stands after `--`. */
  readonly rest: readonly string[]
}

/** All commands, of which cac reads the flags of the one that a line names, prints its help and runs it. */
export class CommandLine {
  readonly #cli = cac('muse-coord')
  readonly #commands = new Map<string, Command>()
  readonly #told = new Set<Command>()
  readonly #run: (line: ParsedLine) => Promise<number>
  #line: DividedLine = { command: undefined, words: [], others: [], rest: [] }

  /**
   * @param run what every command's action is; its exit code is passed on
   * @param kinds the names of all kinds, for the help of flags that take some
   */
  constructor(run: (line: ParsedLine) => Promise<number>, kinds: () => readonly string[] = () => []) {
    this.#run = run
    for (const { flag, description } of COMMON_OPTIONS) this.#cli.option(flag, description)
    this.#cli.help((sections) => (this.command === undefined ? sections : helpOf(this.command, sections, kinds)))
    // Else cac prints it while it parses, for a plugin's command before the plugins are loaded.
    this.#cli.showHelpOnExit = false
  }

  add(commands: readonly Command[]): void {
    for (const command of commands) this.#commands.set(command.name, command)
  }

  /** Of dozens of commands cac has to know the one that the line names. */
  #tellCac(command: Command): void {
    const { name, summary, arguments: places = '', options } = command
    const entry = this.#cli.command(`${name} ${places.replace(/([^<[]+)\.\.\./g, '...$1')}`.trim(), summary)
    entry.usage([name, places, '[options]'].filter(Boolean).join(' '))
    for (const { flag, description } of options) entry.option(flag, description)
    entry.action(() => this.#run(this.#parsed(command)))
  }

  get commands(): readonly Command[] {
    return [...this.#commands.values()]
  }

  /** The command that the line names. */
  get command(): Command | undefined {
    return this.#line.command
  }

  /** The words that stand where a command's name belongs. */
  get words(): readonly string[] {
    return this.#line.words
  }

  /** The command that a line names, before anything else of it is read. */
  find(typed: readonly string[]): Command | undefined {
    this.#line = divideLine(typed, this.commands, COMMON_OPTIONS)
    return this.command
  }

  /** Reads a line, given without the program's own name. Values stay exactly as typed. */
  parse(typed: readonly string[]): void {
    const command = this.find(typed)
    if (command !== undefined && !this.#told.has(command)) this.#tellCac(command)
    if (command !== undefined) this.#told.add(command)
    this.#cli.parse(['node', 'muse-coord', ...toCac(this.#line, COMMON_OPTIONS)], { run: false })
  }

  /** Runs the command that the line names, or prints its help by `print`. Resolves to the exit code. */
  async run(print: (text: string) => void): Promise<number> {
    if (this.#cli.options.help) {
      print(printedBy('info', () => this.#cli.outputHelp()))
      return 0
    }
    return this.#checked(() => this.#cli.runMatchedCommand())
  }

  /** cac checks first, and throws at once; what the command itself throws comes by the promise. */
  #checked<Result>(run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      const problem = problemOf(error).replaceAll(/`=/g, '`')
      const unknown = /^Unknown option `(.*)`$/.exec(problem)?.[1]
      if (unknown !== undefined) throw unknownFlag(unknown, this.#options)
      const { rawName = '' } = this.#cli.matchedCommand ?? {}
      const behind = this.#line.rest.some((word) => word.startsWith('-')) ? '; what stands behind -- is no flag' : ''
      const told = problem.replace(rawName, `${this.command?.name} ${this.command?.arguments ?? ''}`)
      throw coordError('ARGUMENTS', told + behind)
    }
  }

  get #options(): readonly CommandOption[] {
    return [...(this.command?.options ?? []), ...COMMON_OPTIONS]
  }

  #parsed(command: Command): ParsedLine {
    const { args, options } = this.#cli
    const values = new Map<string, readonly string[]>()
    for (const option of this.#options) {
      const name = longName(option).slice(2)
      const value: unknown = options[cacKey(name)]
      if (value === undefined) continue
      const given = [value].flat().filter((one): one is string => typeof one === 'string')
      values.set(name, given.map(typedValue))
    }
    return { command, arguments: args.map(typedValue), flags: new Flags(values), rest: this.#line.rest }
  }
}
