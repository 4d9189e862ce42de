import path from 'node:path'
import { asCoordError, type CoordError, isOfUntrusted } from './base/errors.js'
import type { DependencyContainer } from './base/injection.js'
import { jsonLine, oneLine, printable } from './base/printable.js'
import { startTimer } from './base/timer.js'
import type { Command, CommandCall } from './commands/command.js'
import { CommandLine, NO_PLUGINS, type ParsedLine } from './commands/command-line.js'
import { commandOrigin } from './commands/command-origin.js'
import { commandSet } from './commands/command-set.js'
import type { Host } from './commands/host.js'
import { overview } from './commands/overview.js'
import { runCommand } from './commands/run-command.js'
import { Terminal } from './commands/terminal.js'
import { addPlugins, createContainer } from './container.js'
import { BEFORE_PLUGINS, type StagedCheck } from './kinds/plugin-loader.js'
import { registryOf } from './kinds/registry.js'
import { loadSettingsPlugins } from './load-plugins.js'
import { toWire } from './record/wire.js'
import { repoOrNull } from './workspace/repo.js'
import { Session } from './workspace/session.js'
import { namesGiven } from './workspace/target.js'

/** Runs one command line, given without the program's own name, and returns the exit code. Never rejects. */
export async function runCommandLine(typed: readonly string[], host: Host): Promise<number> {
  // As with git and npm.
  const argv = typed[0] === 'help' && typed.length > 1 ? [...typed.slice(1), '--help'] : typed
  let line: CommandLine | undefined
  try {
    return await dispatch(argv, host, (begun) => {
      line = begun
    })
  } catch (thrown) {
    const error = asCoordError(thrown)
    tell(error, argv, host, line?.command?.name)
    return error.exitCode
  }
}

/** Reports an error, and where its document cannot be written, as on a full disk, says why to whoever reads stderr. */
function tell(error: CoordError, argv: readonly string[], host: Host, command: string | undefined): void {
  try {
    report(error, argv, host, command)
  } catch (unwritten) {
    try {
      report(asCoordError(unwritten), [], host)
    } catch {
      // Nobody can be told; the exit code says that it failed.
    }
  }
}

/** @param onLine called before the line is read: what is wrong with it is told by the command that it names */
async function dispatch(typed: readonly string[], host: Host, onLine: (line: CommandLine) => void): Promise<number> {
  const withoutPlugins = has(typed, NO_PLUGINS)
  // To cac it would be the word for taking back a flag.
  const argv = withoutPlugins ? typed.filter((_, index) => index !== typed.indexOf(NO_PLUGINS)) : typed
  const elapsedMs = startTimer()
  const container = await createContainer()
  let core: readonly Command[] = []
  const allCommands = async () => {
    core = (await import('./commands/index.js')).coreCommands
    return commandSet(container, core)
  }
  const beforePlugins = async () => {
    // What a plugin brings is held against all that is there.
    await allCommands()
    await host.beforePlugins?.()
  }
  container.register(BEFORE_PLUGINS, { useValue: beforePlugins })
  const check: StagedCheck = (staged) => void commandSet(container, core, (token) => staged.valuesOf(token))
  let loaded: Promise<readonly CoordError[]> | undefined
  const load = (directory: string, plugins: readonly string[]) => {
    loaded ??= withoutPlugins ? Promise.resolve([]) : loadPlugins(container, directory, host, plugins, check)
    return loaded
  }
  const runParsed = ({ command, flags, ...given }: ParsedLine) => {
    const { env, signal } = host
    const directory = directoryOf(host, flags.text('directory'))
    const spell = commandOrigin(command) === undefined ? toWire : (result: object) => result
    const output = new Terminal(host.streams, flags.on('json'), elapsedMs, spell)
    const loadAll = async () => (command.isBeforePlugins ? [] : load(directory, flags.list('plugin')))
    const space = { hub: flags.text('hub'), owner: flags.text('owner'), slug: flags.text('slug') }
    // Nothing else is looked at before.
    namesGiven(space, env)
    let session: Promise<Session> | undefined
    const openSession = async () => {
      const onNote = (sentence: string) => output.note(sentence)
      const fields = { container, directory, env, signal, onNote, ...space }
      return loadAll().then(
        (pluginFaults) => {
          for (const { message, hint } of pluginFaults) output.note(`⚠️  ${message} ${hint}`)
          return new Session({ ...fields, pluginFaults })
        },
        (pluginFault: unknown) => new Session({ ...fields, pluginFault }),
      )
    }
    const call: CommandCall = {
      ...given,
      flags,
      directory,
      env,
      session() {
        session ??= openSession()
        return session
      },
      commands: async () => {
        // What keeps plugins from being loaded is told by who runs something.
        await loadAll().catch(() => [])
        return allCommands()
      },
      runLine: runCommandLine,
      output,
      signal,
      readInput: async (maxBytes) => (await host.readInput?.(maxBytes)) ?? { fault: 'is not there' },
      ...(host.takeSignals && { takeSignals: host.takeSignals }),
      ...(host.onHangUp && { onHangUp: host.onHangUp }),
    }
    return runCommand(command, call, () => session)
  }
  const openLine = (commands: readonly Command[]) => {
    const opened = new CommandLine(runParsed, () => registryOf(container).all.map(({ name }) => name))
    opened.add(commands)
    onLine(opened)
    return opened
  }
  // To load what all the others declare takes as long as to run one that knows a kind.
  let line = openLine(commandSet(container, []))
  if (line.find(argv) === undefined) line = openLine(await allCommands())
  const loadEarly = () =>
    load(directoryOf(host, valuesOf(argv, ['-C', '--directory']).at(-1)), valuesOf(argv, ['--plugin']))
  if (line.find(argv)?.partsToken !== undefined) {
    // Plugins may bring flags of it. A fault of theirs is told when the session is opened.
    await loadEarly().catch(() => [])
    line = openLine(await allCommands())
  }
  line.parse(argv)
  let leftOut: readonly CoordError[] = []
  if (line.command === undefined) {
    // Not one of ours: a plugin may bring it.
    const loading = loadEarly()
    // The list of commands is also for whoever has to mend a plugin.
    const isOverview = line.words.length === 0
    const faults = await loading.catch((thrown: unknown) => {
      if (!isOverview) throw thrown
      return [asCoordError(thrown)]
    })
    line.add((await allCommands()).slice(line.commands.length))
    line.parse(argv)
    leftOut = faults.filter(isOfUntrusted)
    const failures = faults.filter((fault) => !isOfUntrusted(fault))
    if (isOverview) for (const failure of failures) report(failure, [], host)
    // It may be a command of just that plugin.
    else if (line.command === undefined && failures[0] !== undefined) throw failures[0]
  }
  if (line.command !== undefined) {
    const { name, summary } = line.command
    const asJson = (help: string) => `${jsonLine({ name, summary, help })}\n`
    return line.run((help) => host.streams.stdout(wantsJson(argv) ? asJson(help) : help))
  }
  const { commands, words } = line
  return overview({ commands, words, wantsJson: wantsJson(argv), streams: host.streams, leftOut })
}

/**
 * Loads the plugins of the repository's settings, where there is one, and those of the command line: who names one there wants
 * it, so a fault of that one stops the command. Resolves to why some of the settings were left out.
 */
async function loadPlugins(
  container: DependencyContainer,
  directory: string,
  host: Host,
  named: readonly string[],
  check: StagedCheck,
): Promise<readonly CoordError[]> {
  const { env } = host
  const faults = await loadSettingsPlugins(container, { repo: repoOrNull(directory, env), env, check })
  await addPlugins(container, named, directory, check)
  return faults
}

function directoryOf(host: Host, named: string | undefined): string {
  return path.resolve(host.directory, named ?? '.')
}

/** @param command what the line names; a cure that sends to a command's help sends to this one's */
function report(error: CoordError, argv: readonly string[], host: Host, command = ''): void {
  const hint = error.hint.replaceAll(
    'muse-coord help COMMAND',
    command ? `muse-coord help ${command}` : 'muse-coord help',
  )
  if (wantsJson(argv)) {
    const body = { error: error.message, status: error.status, hint }
    host.streams.stdout(`${jsonLine(body)}\n`)
    return
  }
  host.streams.stderr(`❌ ${oneLine(error.message)}\n   ${oneLine(hint)}\n`)
  if (host.env.MUSE_COORD_DEBUG)
    host.streams.stderr(`${printable(String(error.stack))}\n${printable(String(error.cause ?? ''))}\n`)
}

/** Errors of the parse itself must come as JSON too, so this is read before anything is parsed. */
export function wantsJson(argv: readonly string[]): boolean {
  return has(argv, '--json', '-j', '-jh', '-hj')
}

/** Whether one of these flags was given. */
function has(argv: readonly string[], ...flags: readonly string[]): boolean {
  return beforeRest(argv).some((token) => flags.includes(token))
}

/** What is ours to read: behind `--` stand the words of another program. */
function beforeRest(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

/** The values of a flag in a line that belongs to no known command yet. */
function valuesOf(argv: readonly string[], names: readonly string[]): string[] {
  return beforeRest(argv).flatMap((token, index, own) => {
    const [name, value] = token.split(/=(.*)/s)
    if (!names.includes(name as string)) return []
    const found = value ?? own[index + 1]
    return found === undefined ? [] : [found]
  })
}
