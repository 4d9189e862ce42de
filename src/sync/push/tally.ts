import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import type { Conflict, Lease, Rejection } from '../../record/protocol.js'
import type { Remarks } from '../../workspace/state/remarks.js'
import type { LostLease } from './note-leases.js'

/** Why something was not pushed, and what to do about it. */
export interface Failure {
  readonly message: string
  readonly hint: string
}

/** Is told of each failure as it happens. */
export type OnPushError = (message: string, hint: string) => void

/** What the batches of a push have come to so far. */
export class Tally {
  inserted = 0
  updated = 0
  readonly conflicts: Conflict[] = []
  readonly rejected: Rejection[] = []
  readonly leases: Lease[] = []
  readonly lost: LostLease[] = []
  readonly errors: string[] = []
  /** What to do about each of `errors`. */
  readonly hints: string[] = []
  /** Records of batches that failed. */
  unsent = 0

  constructor(readonly remarks: Remarks) {}

  add(answer: LenientPushAnswer): void {
    this.inserted += answer.inserted
    this.updated += answer.updated
    this.conflicts.push(...answer.conflicts)
    this.rejected.push(...answer.rejected)
    this.leases.push(...answer.leases)
  }

  fail({ message, hint }: Failure, onError: OnPushError | undefined): void {
    this.errors.push(message)
    this.hints.push(hint)
    onError?.(message, hint)
  }

  /** Begins again, because everything that was not taken is sent once more. */
  restart(): void {
    this.remarks.restart()
    this.conflicts.length = 0
    this.rejected.length = 0
    this.errors.length = 0
    this.hints.length = 0
    this.unsent = 0
  }
}
