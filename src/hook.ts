import { writeSync } from 'node:fs'
import type { Environment } from './base/environment.js'
import { CoordError, problemOf } from './base/errors.js'
import { startTimer } from './base/timer.js'
import { COMMAND, type Command } from './commands/command.js'
import { Flags } from './commands/flags.js'
import { Terminal } from './commands/terminal.js'
import { createHookContainer } from './container.js'
import type { InputReading } from './files/standard-input.js'
import { workingDirectory } from './files/working-directory.js'
import { BEFORE_PLUGINS } from './kinds/plugin-loader.js'
import { loadSettingsPlugins } from './load-plugins.js'
import { type Repo, repoOrNull } from './workspace/repo.js'
import { Session } from './workspace/session.js'

/**
 * `muse-coord hook AGENT [EVENT]` by itself: an agent waits for it before each edit, so it is a program of its own beside the
 * one that knows every command, and loads a fraction of it. What it does is the command's.
 *
 * @param input what stands on standard input
 */
export async function runHook(argv: readonly string[], input: InputReading): Promise<void> {
  const streams = {
    stdout: (text: string) => void writeSync(1, text),
    stderr: (text: string) => void writeSync(2, text),
    interactive: false,
    columns: 0,
  }
  const output = new Terminal(streams, false, startTimer())
  try {
    const container = createHookContainer()
    container.register(BEFORE_PLUGINS, { useValue: guardHook })
    const { env } = process
    const directory = workingDirectory()
    const repo = repoIfBelieved(directory, env)
    const { signal } = new AbortController()
    const fields = { container, directory, env, signal, onNote: (line: string) => output.note(line) }
    const session = loadSettingsPlugins(container, { repo, env }).then(
      (pluginFaults) => new Session({ ...fields, pluginFaults }),
      (pluginFault: unknown) => new Session({ ...fields, pluginFault }),
    )
    const { result, text } = await container.resolve<Command>(COMMAND).run({
      ...{ arguments: argv, rest: [], flags: new Flags(new Map()), directory, env, output, signal },
      session: () => session,
      commands: async () => [],
      runLine: async () => 0,
      readInput: async () => input,
    })
    if (result !== undefined) output.emit(result, text ?? '')
  } catch (thrown) {
    output.note(`muse-coord: not checked: ${problemOf(thrown)}`)
  }
  // What came too late is not waited for, and no exit code may pass for a refusal.
  process.exit(0)
}

/** What is wrong with the store, the command finds too, and says so to the model; nothing of its settings is loaded then. */
function repoIfBelieved(directory: string, env: Environment): Repo | null {
  try {
    return repoOrNull(directory, env)
  } catch (error) {
    if (error instanceof CoordError) return null
    throw error
  }
}

/** Also a plugin that is stuck may not pass for a refusal. */
async function guardHook(): Promise<void> {
  const { guardProcess } = await import('./kinds/containment/guard-process.js')
  await guardProcess({ isJson: false, exitCode: 0 })
}
