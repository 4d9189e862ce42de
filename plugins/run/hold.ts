/** How the command that was guarded came to its end. `lost`: it was ended, because what it was run under is another's. */
export type CommandEnd =
  | { readonly how: 'succeeded' }
  | { readonly how: 'failed'; readonly why: string }
  | { readonly how: 'interrupted' | 'not_started' | 'lost' }

/** Something that a run holds for as long as a command takes. */
export interface Hold {
  /** For sentences: `the task t1`. */
  readonly name: string
  /** What the command is told in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Moves its end away. `over`: the command itself has ended it, so there is nothing to keep. Rejects when nobody could be
   * asked; then it may still be held.
   */
  renew(): Promise<'kept' | 'over' | 'lost'>
  /** Leaves a {@link renew} that is under way to itself. */
  abandon(): void
  /** Ends it as the command has ended. */
  end(end: CommandEnd): Promise<HoldEnd>
}

/** What became of a hold. */
export interface HoldEnd {
  /** It turned out to be another's. */
  readonly isLost: boolean
  /** For the JSON document. */
  readonly report: object
  /** For people. */
  readonly text: string
}
