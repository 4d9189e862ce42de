import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import type { Conflict, Lease, Rejection } from '../../record/protocol.js'
import type { Remarks } from '../../workspace/state/remarks.js'
import type { LostLease } from './note-leases.js'

/** What the batches of a push have come to so far. */
export class Tally {
  inserted = 0
  updated = 0
  readonly conflicts: Conflict[] = []
  readonly rejected: Rejection[] = []
  readonly leases: Lease[] = []
  readonly lost: LostLease[] = []
  readonly errors: string[] = []
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

  fail(message: string, onError: ((message: string) => void) | undefined): void {
    this.errors.push(message)
    onError?.(message)
  }

  /** Begins again, because everything that was not taken is sent once more. */
  restart(): void {
    this.remarks.restart()
    this.conflicts.length = 0
    this.rejected.length = 0
    this.errors.length = 0
    this.unsent = 0
  }
}
