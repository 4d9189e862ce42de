import { startTimer } from '../../src/base/timer.js'
import { CommandLine, type ParsedLine } from '../../src/commands/command-line.js'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { Terminal } from '../../src/commands/terminal.js'
import { asCoordError, createContainer, openSession } from '../../src/index.js'
import { type TestWorkspace, workspaceAt } from '../workspace/workspace-at.js'

/** What the tests read from the JSON of verbs, each verb its own part; the rest they compare as it is. */
export interface VerbJson {
  readonly status: string
  readonly error: string
  readonly hint: string
  readonly duration_ms: number
  readonly count: number
  readonly reservation_id: string
  readonly intent_id: string
  readonly task_id: string
  readonly claimed_at: string
  readonly ended_at: string
  readonly expires_at: string
  readonly addresses: readonly string[]
  readonly unread: readonly object[]
  readonly conflicts: readonly object[]
  readonly released: readonly object[]
  readonly reservations: readonly { readonly reservation_id: string }[]
  readonly runs: readonly { readonly run_id: string; readonly state: string }[]
  readonly attention: readonly { readonly what: string }[]
  readonly problems: readonly object[]
  readonly tasks: readonly { readonly task_id: string; readonly status: string; readonly claim: object | null }[]
  readonly unsent: object
  readonly unchecked: string | null
  readonly nodes: readonly object[]
  readonly edges: readonly object[]
  readonly order: readonly string[]
  readonly cycles: readonly (readonly string[])[]
  readonly mermaid: string
  readonly mentions: readonly { readonly kind: string }[]
  readonly events: readonly { readonly kind: string }[]
  readonly removed: readonly { readonly kind: string; readonly origin: string }[]
}

/** How a verb ended. */
export interface Ending {
  readonly exitCode: number
  /** The JSON that it printed, or that of its error. */
  readonly json: VerbJson
  /** What a person would have read, on both streams. */
  readonly text: string
}

export interface TestVerbs extends TestWorkspace {
  /** Runs a command line on the test's clock, as a process of its own would. */
  run(...argv: readonly string[]): Promise<Ending>
  /** The same, in another directory or with another width of the terminal. `onEmit` hears of each thing it prints. */
  runIn(
    where: { directory?: string; columns?: number; signal?: AbortSignal; onEmit?: () => void },
    ...argv: readonly string[]
  ): Promise<Ending>
}

/** A new workspace and the verbs, run within this process so that they see the test's clock. */
export async function verbsAt(): Promise<TestVerbs> {
  const test = await workspaceAt()
  const runIn: TestVerbs['runIn'] = async (
    { directory = test.root, columns = 0, signal, onEmit },
    name = '',
    ...argv
  ) => {
    const container = await createContainer({ clock: test.clock })
    const commands = commandSet(container, coreCommands)
    const lines: string[] = []
    const words: string[] = []
    const streams = { stderr: (text: string) => words.push(text), interactive: false, columns }
    const asJson = new Terminal({ ...streams, stdout: (text) => lines.push(text) }, true, startTimer())
    const asText = new Terminal({ ...streams, stdout: (text) => words.push(text) }, false, startTimer())
    const run = async ({ command, ...typed }: ParsedLine) => {
      const { result, text, exitCode } = await command.run({
        ...typed,
        directory,
        env: {},
        session: () => {
          const [hub, owner, slug] = (['hub', 'owner', 'slug'] as const).map((flag) => typed.flags.text(flag))
          const onNote = (sentence: string) => asText.note(sentence)
          return openSession({ container, directory, env: {}, hub, owner, slug, onNote, ...(signal && { signal }) })
        },
        commands: async () => commands,
        runLine: async () => 0,
        output: {
          json: false,
          interactive: false,
          colours: false,
          columns,
          emit: (emitted, shown) => {
            asJson.emit(emitted, shown)
            asText.emit(emitted, shown)
            onEmit?.()
          },
          note: (line) => asText.note(line),
          print: () => {},
          progress: () => {},
        },
        readInput: async () => ({ fault: 'is not there' }),
        signal: signal ?? new AbortController().signal,
        takeSignals: () => {},
      })
      isStream = result === undefined
      if (result !== undefined) {
        asJson.emit(result, '')
        asText.emit(result, text ?? '')
      }
      return exitCode ?? 0
    }
    let isStream = false
    try {
      const line = new CommandLine(run)
      line.add(commands)
      line.parse([name, ...argv])
      if (line.command === undefined) throw new Error(`there is no command ${name}`)
      const exitCode = await line.run(() => {})
      const documents = lines.map((line) => JSON.parse(line))
      return { exitCode, json: isStream ? { events: documents } : documents.at(-1), text: words.join('') }
    } catch (thrown) {
      const { exitCode, status, message, hint, cause } = asCoordError(thrown)
      if (status === 'internal') throw cause
      const json = { error: message, status, hint } as unknown as VerbJson
      return { exitCode, json, text: message }
    }
  }
  return { ...test, runIn, run: (...argv) => runIn({}, ...argv) }
}
