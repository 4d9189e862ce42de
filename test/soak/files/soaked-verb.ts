import type { SoakStore } from './soak-store.js'

/** A command line that is run with a fault in each of its file calls, and what is asked of it. */
export interface SoakedVerb {
  readonly line: readonly string[] | ((store: SoakStore) => readonly string[])
  readonly input?: (store: SoakStore) => string
  readonly hasHub?: boolean
  /** It may replace the key by which its store signs. */
  readonly ownsKey?: boolean
  /** It goes on for ever: it is asked to end when it has said this. */
  readonly endsAt?: RegExp
  /** What is there besides what {@link furnish} makes. */
  readonly prepare?: (store: SoakStore, other: SoakStore) => Promise<void> | void
  /** How it ends without a fault; 0 when left out. */
  readonly exitCode?: number
  /** How it may end when it is run once more as well. */
  readonly again?: readonly number[]
  /** It passes where it cannot tell, and says so: that is no yes. */
  readonly isOpen?: boolean
  /** What must be told, unless the fault is: left out, its exit code says all. */
  readonly answer?: (stdout: string) => unknown
  /** Files of records that it may change or remove. */
  readonly touches?: RegExp
  /** Files of records that are over for long, and that it brings to the hub: then they may be removed. */
  readonly sends?: RegExp
  /** It has changed or made one of these where it says that it is done. */
  readonly leaves?: RegExp
  /** What stands on the disk once it was run again: the same, whatever it met the first time. */
  readonly yields?: (store: SoakStore) => unknown
  /** Asks for the same while the verb is stopped: only one of them gets it. Left out: somebody looks at the state. */
  readonly rival?: readonly string[]
  /** How it ends once the rival has it; 6 when left out. */
  readonly lostExitCode?: number
}

/** The words of a verb's command line. */
export function lineOf({ line }: Pick<SoakedVerb, 'line'>, store: SoakStore): readonly string[] {
  return typeof line === 'function' ? line(store) : line
}
