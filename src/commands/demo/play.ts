import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coordError } from '../../base/errors.js'
import { startTimer } from '../../base/timer.js'
import { isJsonObject, type JsonObject } from '../../record/record.js'
import type { CommandCall } from '../command.js'
import { type Known, type Machine, STEPS } from './script.js'

export interface PlayedStep {
  machine: Machine | 'hub'
  what: string
  /** The command line as a person would type it. */
  command: string
  durationMs: number
}

/** A record that the second machine sees, wherever it was written. */
export interface VisibleRecord {
  kind: string
  recordId: string
  runId: string
  author: string
  expiresAt: string | null
  token: number | null
}

export interface DemoResult {
  /** Where it was played; `null` when it has been removed. */
  directory: string | null
  hub: string
  steps: PlayedStep[]
  visible: VisibleRecord[]
}

export interface PlayOptions {
  readonly runLine: CommandCall['runLine']
  /** Leaves everything where it is. */
  readonly keep: boolean
  readonly signal: AbortSignal
  readonly onStep: (step: PlayedStep) => void
}

/**
 * Plays the script with the real commands: a hub on a free port of the loopback, and two machines, each a directory with
 * a home and a project of its own, all in a temporary place.
 */
export async function play({ runLine, keep, signal, onStep }: PlayOptions): Promise<DemoResult> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-demo-'))
  const stage = new Stage(runLine, directory, signal)
  try {
    const steps: PlayedStep[] = []
    const done = (step: PlayedStep) => {
      steps.push(step)
      onStep(step)
    }
    const elapsedMs = startTimer()
    const known: Known = { hub: await stage.startHub(), reservation: '', other: '' }
    done({ machine: 'hub', what: 'carries and arbitrates', command: typed(['hub', 'serve']), durationMs: elapsedMs() })
    for (const { machine, what, command, learn } of STEPS) {
      if (signal.aborted) throw coordError('INTERRUPTED')
      const words = command(known)
      const elapsedMs = startTimer()
      const result = await stage.run(machine, words)
      Object.assign(known, learn?.(result))
      done({ machine, what, command: typed(words), durationMs: elapsedMs() })
    }
    const { records } = await stage.run('ada', ['sync', 'pull', '--since-id', '0'])
    const visible = (records as JsonObject[]).map(visibleRecord)
    return { directory: keep ? directory : null, hub: known.hub, steps, visible }
  } finally {
    await stage.stopHub()
    if (!keep) rmSync(directory, { recursive: true, force: true })
  }
}

class Stage {
  readonly #end = new AbortController()
  #hub: Promise<number> = Promise.resolve(0)

  constructor(
    private readonly runLine: CommandCall['runLine'],
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {
    for (const part of ['hub', 'gabriel/project', 'gabriel/home', 'ada/project', 'ada/home']) {
      mkdirSync(join(directory, part), { recursive: true })
    }
  }

  /** Resolves to the hub's URL. */
  startHub(): Promise<string> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.any([this.signal, this.#end.signal])
      const host = { env: {}, directory: join(this.directory, 'hub'), signal }
      this.#hub = this.runLine(['hub', 'serve', '--port', '0', '--data', '.', '--json'], {
        ...host,
        streams: {
          stdout(text) {
            const said: { url?: unknown } = JSON.parse(text)
            if (typeof said.url === 'string') resolve(said.url)
            else reject(coordError('DEMO_FAILED', 'hub serve', text.trim()))
          },
          stderr: () => {},
          interactive: false,
          columns: 0,
        },
      })
      this.#hub.then((code) => reject(coordError('DEMO_FAILED', 'hub serve', `it ended with exit code ${code}`)))
    })
  }

  async stopHub(): Promise<void> {
    this.#end.abort()
    await this.#hub
  }

  /** Runs a command on a machine and returns its JSON. */
  async run(machine: Machine, words: readonly string[]): Promise<JsonObject> {
    let printed = ''
    const code = await this.runLine([...words, '--json'], {
      streams: {
        stdout: (text) => {
          printed += text
        },
        stderr: () => {},
        interactive: false,
        columns: 0,
      },
      env: { HOME: join(this.directory, machine, 'home') },
      directory: join(this.directory, machine, 'project'),
      signal: this.signal,
    })
    const result: unknown = JSON.parse(printed)
    if (code !== 0 || !isJsonObject(result)) throw coordError('DEMO_FAILED', typed(words), printed.trim())
    return result
  }
}

function visibleRecord(record: JsonObject): VisibleRecord {
  return {
    kind: String(record.kind),
    recordId: String(record.record_id),
    runId: String(record.run_id),
    author: String(record.author),
    expiresAt: record.expires_at as string | null,
    token: record.token as number | null,
  }
}

/** Words as a shell takes them. */
function typed(words: readonly string[]): string {
  return ['muse-coord', ...words].map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word}'`)).join(' ')
}
