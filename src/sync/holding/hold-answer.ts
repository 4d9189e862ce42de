import type { Hold } from '../../kinds/kind.js'
import type { CoordRecord } from '../../record/record.js'

/** Something that a run wants to have alone. */
export interface ExclusiveWish {
  /** Name of the kind of its record. */
  readonly kind: string
  /** A new one. */
  readonly recordId: string
  readonly runId: string
  /** In the words of {@link Hold.what}. */
  readonly what: readonly string[]
  /**
   * Makes the record's payload, which says that it is exclusive, and where its run works.
   *
   * @param by what stands before it, where it waits
   */
  payload(by: readonly Hold[]): object
  /** Waits for what others have, in the order of arrival. Left out: is refused. */
  readonly waiting?: WaitWish
  /** What others hold without keeping anybody out keeps nobody out of it either. Left out: whatever they hold does. */
  readonly passesAdvisory?: boolean
  /** What is refused is told, and done all the same: it counts as no collision that was prevented. */
  readonly isToldOnly?: boolean
  /** Files that nobody can make sense of keep it from nothing, though they may hold it. Left out: they do. */
  readonly passesBroken?: boolean
  /** Does not ask the hub: what is held is provisional. */
  readonly isOffline?: boolean
}

/** How a run waits for its turn. */
export interface WaitWish {
  /** No bound when left out. */
  readonly timeoutSeconds?: number | undefined
  /** Throws where it will never come: those before it wait for what this run has. */
  check(before: readonly Hold[]): void
  /**
   * Keeps its place by a sign of life that extends the record.
   *
   * @returns when it was taken, and how far it extends it (`null`: it never ends), in milliseconds since 1970; `null`: it came
   *   too late
   */
  beat(): Promise<{ readonly at: number; readonly until: number | null } | null>
}

/** What became of it. */
export type HoldAnswer =
  /** The run has it. `until`: ISO 8601, `null`: until it is given back. */
  | {
      readonly outcome: 'held'
      readonly record: CoordRecord
      readonly until: string | null
      readonly isProvisional: boolean
    }
  /** Others have it, or were before it; what was written is given back. */
  | { readonly outcome: 'refused'; readonly by: readonly Hold[]; readonly isNamesake: boolean }
