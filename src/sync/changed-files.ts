/** Record files that have changed since they were last taken: names by their directory under `.muse/coordination/`. */
export type FileNames = ReadonlyMap<string, ReadonlySet<string>>

/** Gathers what a watch tells of record files, until somebody looks at them. At first any file may have changed. */
export class ChangedFiles {
  #names: Map<string, Set<string>> | null = null

  /** @param directory under `.muse/coordination/` */
  add(directory: string, name: string): void {
    if (this.#names === null) return
    const names = this.#names.get(directory)
    if (names === undefined) this.#names.set(directory, new Set([name]))
    else names.add(name)
  }

  /** Something was missed, or may have been. */
  addAll(): void {
    this.#names = null
  }

  /** `undefined`: any file may have changed. */
  take(): FileNames | undefined {
    const names = this.#names ?? undefined
    this.#names = new Map()
    return names
  }
}
