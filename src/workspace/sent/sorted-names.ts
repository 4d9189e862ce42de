/** Names that are sorted at once. A directory has seldom more, and then there is nothing to merge. */
const RUN_LENGTH = 20_000

/** No file's name holds it. */
const SEPARATOR = '/'
const SEPARATOR_BYTE = SEPARATOR.charCodeAt(0)

/**
 * Names of files in the order of their characters, packed: a million of them take the room of their letters,
 * where as many strings and the lists that sort them take five times that. Sorted in runs, which are merged as the
 * names are asked for.
 */
export class SortedNames implements Iterable<string> {
  #length = 0
  readonly #runs: Buffer[] = []

  static of(unsorted: Iterable<string>, runLength = RUN_LENGTH): SortedNames {
    const names = new SortedNames()
    let run: string[] = []
    for (const name of unsorted) {
      run.push(name)
      if (run.length < runLength) continue
      names.#add(run)
      run = []
    }
    if (run.length > 0) names.#add(run)
    return names
  }

  get length(): number {
    return this.#length
  }

  *[Symbol.iterator](): Generator<string> {
    const [only, ...others] = this.#runs
    if (only !== undefined && others.length === 0) yield* unpacked(only)
    else yield* this.#merged()
  }

  *#merged(): Generator<string> {
    const runs = this.#runs.map(unpacked)
    const heads = runs.map((run) => run.next().value)
    for (;;) {
      let least = -1
      for (const [index, head] of heads.entries()) {
        if (head !== undefined && (least === -1 || head < (heads[least] as string))) least = index
      }
      if (least === -1) return
      yield heads[least] as string
      heads[least] = runs[least]?.next().value
    }
  }

  #add(run: string[]): void {
    this.#length += run.length
    this.#runs.push(Buffer.from(run.sort().join(SEPARATOR) + SEPARATOR))
  }
}

function* unpacked(run: Buffer): Generator<string, undefined> {
  for (let start = 0; start < run.length; ) {
    const end = run.indexOf(SEPARATOR_BYTE, start)
    yield run.toString('utf8', start, end)
    start = end + 1
  }
}
