/** What one handle has written of what a store keeps, or may have written of it. */
export interface Usage {
  records: number
  /** Of what can be large: payloads and names, in UTF-8. */
  bytes: number
}

/** As much of a record as is counted. */
interface Sized {
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  readonly payloadJson: string
}

/** What a record counts for. The stores say the same in SQL: see `bytesOf` of the directory's statements. */
export function bytesOf({ kind, recordId, runId, payloadJson }: Sized): number {
  // A kind and an id are ASCII.
  return Buffer.byteLength(payloadJson) + Buffer.byteLength(runId) + recordId.length + kind.length
}

interface Author {
  readonly author: string
}

/** How what each handle has changes by writes that are not in the store yet. Handles ascend, so that two who lock them wait in no circle. */
export class UsageGrowth {
  readonly #growth = new Map<string, Usage>()

  /** @param before the record whose place is taken, if there is one */
  add(after: Sized & Author, before: (Sized & Author) | undefined): void {
    this.#change(after.author, 1, bytesOf(after))
    if (before !== undefined) this.#change(before.author, -1, -bytesOf(before))
  }

  remove(author: string, bytes: number): void {
    this.#change(author, -1, -bytes)
  }

  of(handle: string): Usage {
    return this.#growth.get(handle) ?? { records: 0, bytes: 0 }
  }

  /** What has changed, by handle. */
  entries(): (Usage & { handle: string })[] {
    return [...this.#growth]
      .filter(([, { records, bytes }]) => records !== 0 || bytes !== 0)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([handle, usage]) => ({ handle, ...usage }))
  }

  #change(handle: string, records: number, bytes: number): void {
    const before = this.of(handle)
    this.#growth.set(handle, { records: before.records + records, bytes: before.bytes + bytes })
  }
}
