import { setTimeout as sleep } from 'node:timers/promises'
import { backOffMs } from '../base/back-off.js'
import { asCoordError } from '../base/errors.js'

export interface RepeaterOptions {
  /** Ends it: nothing is begun any more. */
  readonly signal: AbortSignal
  /** Called when the work rejects, with why, what to do about it, and the milliseconds until it is tried again. */
  readonly onFailure: (failure: { readonly problem: string; readonly hint: string }, retryMs: number) => void
}

const FIRST_PAUSE_MS = 500

/**
 * Work that is asked for at any time and never runs twice at once: what is asked for meanwhile is one more turn. What
 * fails is tried again with growing pauses, for whatever is wrong with a hub passes, or is mended there.
 */
export class Repeater {
  readonly #work: () => Promise<void>
  readonly #options: RepeaterOptions
  #running: Promise<void> | null = null
  #again = false
  #pause: AbortController | null = null

  constructor(work: () => Promise<void>, options: RepeaterOptions) {
    this.#work = work
    this.#options = options
  }

  /** Asks for a turn that begins after now. */
  ask(): void {
    this.#again = true
    this.#running ??= this.#run()
  }

  /** Ends the pause after a failure, where there is one: what it was for is over. */
  hurry(): void {
    this.#pause?.abort()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal, onFailure } = this.#options
    for (let failures = 0; this.#again && !signal.aborted; ) {
      this.#again = false
      try {
        await this.#work()
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        this.#again = true
        const retryMs = backOffMs(++failures, FIRST_PAUSE_MS)
        const pause = new AbortController()
        this.#pause = pause
        const { message, hint } = asCoordError(error)
        onFailure({ problem: message, hint }, retryMs)
        await sleep(retryMs, undefined, { signal: AbortSignal.any([signal, pause.signal]) }).catch(() => {})
        this.#pause = null
      }
    }
    this.#running = null
  }
}
