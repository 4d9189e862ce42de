import fs from 'node:fs'
import { join } from 'node:path'
import { coordError } from '../errors.js'
import type { Repo } from './repo.js'

/** Directories whose files are records of these kinds. */
export interface WatchedKind {
  readonly name: string
  readonly directory: string
}

/**
 * Hears of changes to the record files of some kinds, own and pulled ones, from the operating system. Where that cannot
 * tell (too many watches, a network file system) it stays silent, so whoever listens looks again now and then.
 */
export class LocalNews {
  readonly #directories: readonly string[]
  readonly #watchers = new Map<string, fs.FSWatcher>()
  #isFresh = false
  #wake: (() => void) | null = null

  constructor(repo: Repo, kinds: readonly WatchedKind[]) {
    const base = repo.coordinationDirectory
    this.#directories = [
      repo.museDirectory,
      base,
      join(base, 'remote'),
      ...kinds.flatMap(({ name, directory }) => [join(base, directory), join(base, 'remote', name)]),
    ]
    this.#watch()
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
    // Before the caller looks: a directory that has come meanwhile must be heard from then on.
    this.#watch()
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
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

  #watch(): void {
    for (const directory of this.#directories) {
      if (this.#watchers.has(directory)) continue
      try {
        const watcher = fs.watch(directory, (_, name) => this.#hear(name))
        watcher.on('error', () => this.#unwatch(directory))
        this.#watchers.set(directory, watcher)
      } catch {
        // Not there yet, which its parent tells when it comes; or no watch to be had, which the caller makes up for.
      }
    }
  }

  #unwatch(directory: string): void {
    this.#watchers.get(directory)?.close()
    this.#watchers.delete(directory)
    this.#hear(null)
  }

  /** Temporary files come and go beside each record; their names say so. */
  #hear(name: string | null): void {
    if (name?.startsWith('.') && name.endsWith('.tmp')) return
    this.#isFresh = true
    this.#wake?.()
  }
}
