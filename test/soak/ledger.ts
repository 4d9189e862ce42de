import type { Grant } from './history.js'

/** What clients were told, written down as it is told. */
export class Ledger {
  readonly acknowledged = new Map<string, string>()
  readonly registers = new Map<string, string>()
  readonly grants: Grant[] = []
  /** What no fault excuses: an answer that nobody should get. */
  readonly surprises: string[] = []
  /** Requests that were answered, and those that were not. */
  answered = 0
  unanswered = 0
}
