import type { Session } from '../../workspace/session.js'

/** How the command that was guarded came to its end. `lost`: it was ended, because what it was run under is another's. */
export type CommandEnd =
  | { readonly how: 'succeeded' }
  | { readonly how: 'failed'; readonly why: string }
  | { readonly how: 'interrupted' | 'not_started' | 'lost' }

/** Something that a run holds for as long as a command takes. */
export interface Held {
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
  end(end: CommandEnd): Promise<HeldEnd>
}

/** What became of it. */
export interface HeldEnd {
  /** It turned out to be another's. */
  readonly isLost: boolean
  /** For the JSON document. */
  readonly report: object
  /** For people. */
  readonly text: string
}

/** What is to be held. */
export interface HoldWish {
  /** Addresses, or the one id that is meant. */
  readonly what: readonly string[]
  readonly runId: string
  readonly ttlSeconds: number
  /** Refuses also where another run only warns. */
  readonly deny: boolean
  /** A command that fails gives back what it would have ended for good. */
  readonly retry: boolean
  /** Does not ask the hub. */
  readonly isOffline: boolean
}

/** How something of one kind is held. Registered under {@link HOLDER}; a lease kind without one is held by its lease. */
export interface Holder {
  /** Name of the kind. */
  readonly kind: string
  /** The flag of `run` that names what is to be held: `--task <id>`. Left out: `--hold KIND/ID` does. */
  readonly option?: {
    readonly flag: string
    readonly description: string
    /** It takes several words, all of which are held by one record. */
    readonly multiple?: boolean
  }
  /** What its commands find in their environment: an outer one's is taken away. */
  readonly variables: readonly string[]
  /**
   * What was typed in the session's directory, in the words of a hold's `what`; `null`: nothing that is held by this kind. Left
   * out: it is typed as it is held.
   */
  readonly read?: (session: Session, typed: string) => Promise<string | null>
  /**
   * Says to everybody that the run goes on in the place of this session. Left out: another kind says so.
   *
   * @throws `NAMESAKE_OF_ANOTHER`
   */
  readonly resume?: (session: Session, wish: Pick<HoldWish, 'runId' | 'isOffline'>) => Promise<void>
  /** Throws `RECORD_HELD` when another run has it. */
  acquire(session: Session, wish: HoldWish): Promise<Held>
}

/** The DI token of {@link Holder}s. */
export const HOLDER: symbol = Symbol.for('muse-coord.holder')

/** Those that are registered. */
export function holdersOf({ container }: Pick<Session, 'container'>): readonly Holder[] {
  return container.isRegistered(HOLDER, true) ? container.resolveAll<Holder>(HOLDER) : []
}
