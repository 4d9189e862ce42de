import { coordError } from '../base/errors.js'
import type { Repo } from './repo.js'
import { type StopWatching, watchDirectories } from './watch-directories.js'

/** Hears of changes to the record files of some kinds, own and pulled ones, and lets somebody wait for the next. */
export class LocalChanges {
  readonly #stopWatching: StopWatching
  #isFresh = false
  #wake: (() => void) | null = null

  constructor(repo: Repo, kinds: readonly { readonly name: string; readonly directory: string }[]) {
    const directories = kinds.flatMap(({ name, directory }) => [directory, `remote/${name}`])
    this.#stopWatching = watchDirectories(repo, directories, () => {
      this.#isFresh = true
      this.#wake?.()
    })
  }

  /**
   * Resolves when something may have changed since the last call, or after so many milliseconds.
   *
   * @throws `INTERRUPTED` when the signal aborts
   */
  async next(withinMilliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#sleep(withinMilliseconds, signal)
    if (signal.aborted) throw coordError('INTERRUPTED')
    this.#isFresh = false
  }

  close(): void {
    this.#stopWatching()
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#isFresh || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      signal.addEventListener('abort', end)
      this.#wake = end
    })
  }
}
