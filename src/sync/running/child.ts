import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { coordError } from '../../base/errors.js'
import { endWithUs } from './end-with-us.js'

export interface ChildOptions {
  readonly command: readonly string[]
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Its standard output goes to ours, or to our standard error. */
  readonly stdoutTo: 'stdout' | 'stderr'
  /** How long it may take to end when it is asked to. */
  readonly graceSeconds: number
}

export interface ChildEnd {
  /** As a shell tells it: the exit code, or 128 and the number of the signal. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | null
}

/** Where a terminal is attached its keys signal the child by themselves, and job control needs it in our own group. */
const HAS_TERMINAL = process.stdin.isTTY === true
const HAS_GROUP = process.platform !== 'win32' && !HAS_TERMINAL

/** A command as a child process, and where it can be, as a group of processes of its own: what it starts ends with it. */
export class Child {
  readonly ended: Promise<ChildEnd>
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, onEnd: () => void) {
    this.#process = child
    this.ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        onEnd()
        resolve({ exitCode: signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0), signal })
      })
    })
  }

  /** @throws `COMMAND_NOT_STARTED` */
  static async start({ command, directory, environment, stdoutTo, graceSeconds }: ChildOptions): Promise<Child> {
    const [program = '', ...rest] = command
    const { watch, callOff } = endWithUs(graceSeconds)
    const child = spawn(program, rest, {
      cwd: directory,
      env: environment,
      stdio: ['inherit', stdoutTo === 'stdout' ? 'inherit' : 2, 'inherit'],
      detached: HAS_GROUP,
    })
    if (child.pid !== undefined) watch(HAS_GROUP ? -child.pid : child.pid)
    const started = new Child(child, callOff)
    await new Promise<void>((resolve, reject) => {
      child.on('spawn', resolve)
      child.on('error', (error) => {
        callOff()
        reject(coordError('COMMAND_NOT_STARTED', program, error.message))
      })
    })
    return started
  }

  /** Passes on a signal that we were sent. */
  forward(signal: NodeJS.Signals): void {
    // The terminal has sent it to the child as well.
    if (HAS_TERMINAL && (signal === 'SIGINT' || signal === 'SIGQUIT')) return
    this.#send(signal)
  }

  /** Ends it: asks, and after a grace no longer asks. Resolves when it is gone, with everything that it started. */
  async end(graceSeconds: number): Promise<void> {
    this.#send('SIGTERM')
    const timer = setTimeout(() => this.#send('SIGKILL'), graceSeconds * 1000)
    await this.ended
    clearTimeout(timer)
    if (HAS_GROUP) this.#send('SIGKILL')
  }

  #send(signal: NodeJS.Signals): void {
    if (!HAS_GROUP || this.#process.pid === undefined) {
      this.#process.kill(signal)
      return
    }
    try {
      process.kill(-this.#process.pid, signal)
    } catch (error) {
      // Nobody is left of it, or none that we may signal: then its end is waited for.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ESRCH' && code !== 'EPERM') throw error
    }
  }
}
