import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../support/git.js'
import { giveIdentity } from '../../support/give-identity.js'
import { runCli } from '../../support/run-cli.js'
import { endProcess } from '../end-process.js'

export interface MachineOptions {
  /** A directory of its own. */
  readonly directory: string
  /** The repository of git that is cloned. */
  readonly repository: string
  readonly trees: number
  readonly hub: string
  readonly owner: Parameters<typeof giveIdentity>[2]
  readonly slug: string
  /** The built program. */
  readonly executable: string
}

/** A home directory and a clone with its working trees, kept in step by a `sync watch`. */
export class Machine {
  readonly env: Readonly<Record<string, string>>
  /** The first is the main one, which holds the store. */
  readonly trees: readonly [string, ...string[]]
  readonly #executable: string
  #keeper: ChildProcess | null = null

  constructor({ directory, repository, trees, hub, owner, slug, executable }: MachineOptions) {
    this.#executable = executable
    this.env = { HOME: join(directory, 'home'), PATH: process.env.PATH ?? '' }
    mkdirSync(this.env.HOME as string, { recursive: true })
    giveIdentity(this.env, hub, owner)
    const main = join(directory, 'main')
    git(directory, 'clone', '--quiet', repository, main)
    const linked = Array.from({ length: trees - 1 }, (_, index) => join(directory, `tree-${index + 1}`))
    for (const tree of linked) git(main, 'worktree', 'add', '--quiet', '--detach', tree)
    mkdirSync(join(main, '.muse', 'coordination'), { recursive: true })
    const settings = `[hub]\nurl = "${hub}"\n[coord]\nowner = "${owner.handle}"\nslug = "${slug}"\n`
    writeFileSync(join(main, '.muse', 'config.toml'), settings)
    this.trees = [main, ...linked]
  }

  keep(): void {
    const line = [this.#executable, 'sync', 'watch', '--json']
    this.#keeper = spawn(process.execPath, line, { cwd: this.trees[0], env: this.env, stdio: 'ignore' })
  }

  async endKeeper(): Promise<void> {
    if (this.#keeper !== null) await endProcess(this.#keeper)
    this.#keeper = null
  }

  /** Asks as a person does who comes later: what it was answered, and how it ended. */
  async ask(...line: readonly string[]): Promise<{ readonly exitCode: number; readonly document: Answer }> {
    const { exitCode, stdout } = await runCli({ root: this.trees[0], env: this.env }, [...line, '--json'])
    return { exitCode, document: JSON.parse(stdout) as Answer }
  }
}

/** The parts that are looked at. */
export interface Answer {
  readonly status?: string
  readonly error?: string
  readonly holds?: readonly { readonly what: unknown; readonly run_id: string }[]
  readonly tasks?: readonly { readonly task_id: string; readonly status: string }[]
}
