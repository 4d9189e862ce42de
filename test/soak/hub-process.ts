import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface HubProcessOptions {
  /** The built program. */
  readonly executable: string
  readonly store: string
  readonly publicUrl: string
  /** Where it runs. */
  readonly directory: string
}

/** How long a hub may take until it serves; its database may be away for some of it. */
const START_SECONDS = 30
/** How long it may take to end; it promises ten seconds, on a machine that has time for it. */
const END_SECONDS = 40

/** A hub as operators run it: a process of its own, started again when it ends. */
export class HubProcess {
  /** Where it listens; `null` while it is down. */
  url: string | null = null
  readonly #options: HubProcessOptions
  #child: ChildProcess | null = null

  constructor(options: HubProcessOptions) {
    this.#options = options
  }

  /** Of the process that runs now. */
  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('the hub does not run')
    return pid
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const end = performance.now() + START_SECONDS * 1000
    for (;;) {
      const { url, problem } = await this.#tryToStart()
      if (url !== null) {
        this.url = url
        return
      }
      if (performance.now() > end) throw new Error(`the hub does not start: ${problem}`)
      await sleep(100)
    }
  }

  /** Ends it without a chance to do anything, at once. */
  kill(): Promise<void> {
    return this.#end('SIGKILL').then(() => undefined)
  }

  /** Asks it to end. Rejects when it does not end well. */
  async stop(): Promise<void> {
    const code = await this.#end('SIGTERM')
    if (code !== 0) throw new Error(`the hub ended at SIGTERM with ${code ?? `nothing within ${END_SECONDS} s`}`)
  }

  /** Holds it, as a machine does that has too much to do, and lets it go on. */
  async freeze(milliseconds: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await sleep(milliseconds)
    this.#child?.kill('SIGCONT')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    this.#child = null
    this.url = null
    if (child === null) return 0
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill(signal)
      const patience = setTimeout(() => child.kill('SIGKILL'), END_SECONDS * 1000)
      await exited
      clearTimeout(patience)
    }
    return child.exitCode
  }

  async #tryToStart(): Promise<{ url: string | null; problem: string }> {
    const { executable, store, publicUrl, directory } = this.#options
    const place = store.includes('://') ? ['--store', store] : ['--data', store]
    const line = [executable, 'hub', 'serve', ...place, '--port', '0', '--public-url', publicUrl, '--json']
    // Behind a public address it is closed unless somebody says otherwise, and the writers register here.
    line.push('--registration', 'open')
    const child = spawn(process.execPath, line, {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let problem = ''
    child.stderr.on('data', (text) => {
      problem += text
    })
    const url = await new Promise<string | null>((resolve) => {
      child.stdout.on('data', (line) => {
        const told = JSON.parse(String(line)) as { url?: string; error?: string }
        problem += told.error ?? ''
        resolve(told.url ?? null)
      })
      child.on('exit', () => resolve(null))
    })
    return { url, problem }
  }
}
