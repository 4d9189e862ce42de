import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { endProcess } from '../end-process.js'

/** How an attempt to reserve something alone ended, or a question whether it is free. */
export interface Told {
  /** `ok`, `held`, `namesake`; `free`, `held`, `unknown`; or the status of an error. */
  readonly status: string
  readonly error?: string
  /** The runs that have it. */
  readonly holders: readonly string[]
}

export interface AgentPlace {
  /** A working tree. */
  readonly tree: string
  /** Where in it the agent works, and how it names files: from the tree's top, from a folder below it, by absolute paths. */
  readonly from: 'top' | 'folder' | 'anywhere'
  readonly env: Readonly<Record<string, string>>
  /** The built library. */
  readonly library: string
}

const PROGRAM = path.resolve('test/soak/reservations/agent-process.js')

const FOLDER = 'folder'

/** A process of its own that asks for addresses in a working tree, one after the other. */
export class Agent {
  /** One run for each working tree: those of one name in two places are two. */
  readonly name: string
  readonly #place: AgentPlace
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(
    readonly runId: string,
    place: AgentPlace,
  ) {
    const { tree, from, env, library } = place
    this.name = `${runId} in ${tree}`
    this.#place = place
    const directory = from === 'folder' ? path.join(tree, FOLDER) : tree
    mkdirSync(directory, { recursive: true })
    this.#child = spawn(process.execPath, [PROGRAM, library, directory, runId], { cwd: directory, env })
    this.#child.stderr.on('data', (text) => {
      this.#errors += text
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** @param address from the top of the tree */
  reserve(address: string): Promise<Told> {
    return this.#ask('reserve', address)
  }

  /** Pulls before it looks. */
  check(address: string): Promise<Told> {
    return this.#ask('check', address)
  }

  /** Resolves when its process is no more. */
  end(): Promise<void> {
    return endProcess(this.#child)
  }

  async #ask(ask: 'reserve' | 'check', address: string): Promise<Told> {
    const { tree, from } = this.#place
    const typed = { top: `:/${address}`, folder: `../${address}`, anywhere: path.join(tree, address) }[from]
    this.#child.stdin.write(`${JSON.stringify({ ask, address: typed })}\n`)
    const { value } = await this.#lines.next()
    if (value === undefined) throw new Error(`${this.name} ended: ${this.#errors}`)
    return JSON.parse(value) as Told
  }
}
