/**
 * Where somebody was told that a space ended, for a hub that finds out by it that it was set back. A client names with each request
 * all that it was told since the last one that named them, and when that is answered, the answer's own takes their place:
 * requests that overlap lose none.
 */
export interface SeenPositions {
  /** Begins a request. */
  begin(owner: string, slug: string): SeenRequest
}

export interface SeenRequest {
  /** What it is to name. */
  readonly seen: readonly string[]
  /**
   * Takes note of the answer, before anybody acts by it. Throws `FILE_FAILED`.
   *
   * @param position where the space ends; `undefined`: the hub does not tell
   * @param follows what the hub says to what was named; one that says `false` is asked again until somebody begins anew
   */
  end(position: string | undefined, follows: boolean | undefined): void
}
