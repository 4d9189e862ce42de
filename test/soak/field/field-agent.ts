import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { endProcess } from '../end-process.js'
import type { Journal } from './journal.js'

const PROGRAM = path.resolve('test/soak/field/agent-process.js')
/** How long an agent may take to come to its end: what it is at, and a good-bye. */
const END_MILLISECONDS = 120_000

export interface FieldAgentPlace {
  readonly name: string
  /** Where it works. */
  readonly tree: string
  readonly env: Readonly<Record<string, string>>
  readonly executable: string
  readonly journal: string
  /** What all agents want. */
  readonly files: readonly string[]
  readonly ttlSeconds: number
}

/** An agent at work, see `agent-process.js`. */
export class FieldAgent {
  readonly place: FieldAgentPlace
  readonly #child: ChildProcess
  #killedAt: number | null = null
  #errors = ''

  constructor(place: FieldAgentPlace) {
    const { name, tree, env, executable, journal, files, ttlSeconds } = place
    this.place = place
    const options = JSON.stringify({ executable, journal, files, ttlSeconds })
    this.#child = spawn(process.execPath, [PROGRAM, options], {
      cwd: tree,
      env: { ...env, MUSE_COORD_RUN_ID: name },
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    })
    this.#child.stderr?.on('data', (text) => {
      this.#errors += text
    })
    this.#child.stdin?.on('error', () => {})
  }

  /** With all that it has started. */
  async kill(): Promise<void> {
    this.#killedAt ??= Date.now()
    await endProcess(this.#child, { withChildren: true })
  }

  /** Asks it to end, and resolves to why that did not go well; `null`: it did. */
  async end(): Promise<string | null> {
    const exited = this.#child.exitCode === null ? once(this.#child, 'exit') : Promise.resolve([this.#child.exitCode])
    this.#child.stdin?.end('end\n')
    const patience = setTimeout(() => void this.kill(), END_MILLISECONDS)
    const [code] = await exited
    clearTimeout(patience)
    return code === 0 ? null : `${this.place.name} ended with ${code}: ${this.#errors}`
  }

  get journal(): Journal {
    const { name, tree, journal } = this.place
    return { agent: `${name} in ${tree}`, file: journal, killedAt: this.#killedAt }
  }
}
