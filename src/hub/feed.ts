/** Called with the last id of a space, or with `null` when the feed may have missed a commit. */
export type Watcher = (lastId: number | null) => void

/** Tells those who watch a space that there is something new in it. It carries no record: pull does. */
export class Feed {
  readonly #watchers = new Map<number, Set<Watcher>>()

  /** Calls back on each commit into a space from now on, until the function that this returns is called. */
  watch(spaceId: number, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(spaceId) ?? new Set()
    this.#watchers.set(spaceId, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(spaceId) === watchers) this.#watchers.delete(spaceId)
    }
  }

  /** To be called after the commit: a watcher that pulls at once must find what it was told of. */
  announce(spaceId: number, lastId: number): void {
    for (const watcher of this.#watchers.get(spaceId) ?? []) watcher(lastId)
  }

  /** Commits may have been missed, in any space: all watchers look for themselves. */
  announceGap(): void {
    for (const watchers of this.#watchers.values()) {
      for (const watcher of watchers) watcher(null)
    }
  }
}
