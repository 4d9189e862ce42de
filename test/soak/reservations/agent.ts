import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** How an attempt to reserve something alone ended. */
export interface Told {
  /** `ok`, `held`, or the status of an error. */
  readonly status: string
  readonly error?: string
  /** The runs that have it. */
  readonly holders: readonly string[]
}

export interface AgentPlace {
  /** A working tree. */
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** The built library. */
  readonly library: string
}

const PROGRAM = path.resolve('test/soak/reservations/agent-process.js')

/** A process of its own that reserves addresses in a working tree, one after the other. */
export class Agent {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(
    readonly runId: string,
    { directory, env, library }: AgentPlace,
  ) {
    this.#child = spawn(process.execPath, [PROGRAM, library, directory, runId], { cwd: directory, env })
    this.#child.stderr.on('data', (text) => {
      this.#errors += text
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async reserve(address: string): Promise<Told> {
    this.#child.stdin.write(`${address}\n`)
    const { value } = await this.#lines.next()
    if (value === undefined) throw new Error(`${this.runId} ended: ${this.#errors}`)
    return JSON.parse(value) as Told
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}
