import { type IgnoredFile, recordNames, signatureOf } from '../../workspace/record-files.js'
import type { Repo } from '../../workspace/repo.js'
import type { RemoteDirectory } from '../../workspace/state/state-document.js'
import type { SyncState } from '../../workspace/state/sync-state.js'

/**
 * What of `remote/` is here, compared with what was when the last pull of a space had ended. A directory that stands as it
 * was costs a look at its time; one that has changed is listed.
 */
export class RemoteInventory {
  /** The kinds of which files have gone. */
  readonly missing: readonly string[]
  readonly #repo: Repo
  readonly #state: SyncState
  readonly #files = new Map<string, number>()

  /** @param kinds names */
  constructor(repo: Repo, state: SyncState, kinds: readonly string[]) {
    this.#repo = repo
    this.#state = state
    this.missing = kinds.filter((kind) => {
      const noted = state.remoteDirectory(kind)
      const files = noted?.signature === this.#signature(kind) ? noted.files : this.#count(kind)
      this.#files.set(kind, files)
      return noted !== undefined && files < noted.files
    })
  }

  /**
   * Remembers what is here now, for the next pull to compare with.
   *
   * @param added by kind, how many files have come since, or gone where it is below 0
   * @param fetched kinds of which all that is missing has come, or will by their cursors
   */
  save(added: ReadonlyMap<string, number>, fetched: readonly string[] = []): void {
    const directories = new Map<string, RemoteDirectory>()
    for (const [kind, files] of this.#files) {
      if (this.missing.includes(kind) && !fetched.includes(kind)) continue
      directories.set(kind, { signature: this.#signature(kind), files: files + (added.get(kind) ?? 0) })
    }
    this.#state.saveRemoteDirectories(directories)
  }

  #signature(kind: string): string | null {
    const stats = this.#repo.coordination.stat(`remote/${kind}`)
    return stats === null ? null : signatureOf(stats)
  }

  #count(kind: string): number {
    const unlisted: IgnoredFile[] = []
    let count = 0
    for (const _ of recordNames(this.#repo, `remote/${kind}`, unlisted)) count += 1
    return count
  }
}
