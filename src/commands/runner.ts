import path from 'node:path'
import { asCoordError, type CoordError } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { addBuiltInVerbs, addPlugins, createKindContainer } from '../container.js'
import { readConfig } from '../workspace/config.js'
import { repoOrNull } from '../workspace/repo.js'
import { Session } from '../workspace/session.js'
import { namesGiven } from '../workspace/target.js'
import { parseCommandLine } from './command-line.js'
import { commandSet, nameCommand } from './command-set.js'
import type { Host } from './host.js'
import { coreCommands } from './index.js'
import { overview } from './overview.js'
import { jsonLine, oneLine, printable, Terminal } from './terminal.js'

/** Runs one command line, given without the program's own name, and returns the exit code. Never rejects. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  try {
    return await dispatch(argv, host)
  } catch (thrown) {
    const error = asCoordError(thrown)
    report(error, argv, host)
    return error.exitCode
  }
}

async function dispatch(argv: readonly string[], host: Host): Promise<number> {
  const container = await createKindContainer()
  let named = nameCommand(coreCommands, argv)
  let verbs: Promise<void> | undefined
  const addVerbs = () => {
    verbs ??= addBuiltInVerbs(container)
    return verbs
  }
  if (named.command === undefined) {
    await addVerbs()
    named = nameCommand(commandSet(container), argv)
  }
  let loaded: Promise<DependencyContainer> | undefined
  if (named.command === undefined) {
    // Not one of ours: a plugin may bring it.
    const directory = directoryOf(host, valuesOf(argv, ['-C', '--directory']).at(-1))
    const load = loadPlugins(container, directory, host, valuesOf(argv, ['--plugin']))
    loaded = load
    const wantsOverview = named.words.length === 0
    if (wantsOverview) await load.catch((thrown: unknown) => report(asCoordError(thrown), [], host))
    const commands = commandSet(wantsOverview ? container : await load)
    named = nameCommand(commands, argv)
    if (named.command === undefined) {
      return overview({
        commands,
        core: coreCommands,
        words: named.words,
        wantsHelp: has(argv, '--help', '-h'),
        wantsJson: wantsJson(argv),
        streams: host.streams,
      })
    }
  }
  const { command } = named
  const line = parseCommandLine(command, named.rest)
  if (line.helped) return 0
  const directory = directoryOf(host, line.flags.text('directory'))
  const output = new Terminal(host.streams, line.flags.on('json'))
  const loadAll = () => {
    loaded ??= loadPlugins(container, directory, host, line.flags.list('plugin'))
    return loaded
  }
  const space = { hub: line.flags.text('hub'), owner: line.flags.text('owner'), slug: line.flags.text('slug') }
  // Nothing else is looked at before.
  namesGiven(space, host.env)
  let session: Promise<Session> | undefined
  const openSession = async () => {
    const { env, signal } = host
    const onNote = (sentence: string) => output.note(sentence)
    const fields = { container, directory, env, signal, onNote, ...space }
    return loadAll().then(
      () => new Session(fields),
      (pluginFault: unknown) => new Session({ ...fields, pluginFault }),
    )
  }
  const { result, text, exitCode } = await command.run({
    arguments: line.arguments,
    flags: line.flags,
    rest: line.rest,
    directory,
    env: host.env,
    session() {
      session ??= openSession()
      return session
    },
    async commands() {
      await addVerbs()
      return commandSet(await loadAll())
    },
    runLine: runCommandLine,
    output,
    signal: host.signal,
    ...(host.takeSignals && { takeSignals: host.takeSignals }),
  })
  if (result !== undefined) output.emit(result, text ?? '')
  else output.progress('')
  return exitCode ?? 0
}

/** The container with the plugins of the repository's settings, where there is one, and of the command line. */
async function loadPlugins(
  container: DependencyContainer,
  directory: string,
  host: Host,
  named: readonly string[],
): Promise<DependencyContainer> {
  const repo = repoOrNull(directory, host.env)
  if (repo !== null) await addPlugins(container, readConfig(repo).plugins, repo.root)
  await addPlugins(container, named, directory)
  return container
}

function directoryOf(host: Host, named: string | undefined): string {
  return path.resolve(host.directory, named ?? '.')
}

function report(error: CoordError, argv: readonly string[], host: Host): void {
  if (wantsJson(argv)) {
    const body = { error: error.message, status: error.status, hint: error.hint }
    host.streams.stdout(`${jsonLine(body)}\n`)
    return
  }
  host.streams.stderr(`❌ ${oneLine(error.message)}\n   ${oneLine(error.hint)}\n`)
  if (host.env.MUSE_COORD_DEBUG)
    host.streams.stderr(`${printable(String(error.stack))}\n${printable(String(error.cause ?? ''))}\n`)
}

/** Errors of the parse itself must come as JSON too, so this is read before anything is parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return has(argv, '--json', '-j')
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
