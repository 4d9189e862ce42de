import type { RecordSource, SeenRecord, Spoken } from '../kinds/kind.js'
import { hasLapsed } from '../record/record.js'
import { cameAt } from '../workspace/entry.js'
import type { Standing } from '../workspace/index/standing.js'
import type { View } from '../workspace/view.js'

/** Records as they counted at a moment: the present where it is `null`, else milliseconds since 1970. */
export function recordsAt(view: View, moment: number | null): RecordSource {
  return moment === null ? view.alive() : new PastRecords(view.alive([], moment), moment)
}

/**
 * The records that had come by a moment. A register or a lease has only its last word in the store, so it is there from the
 * moment of that word on.
 */
class PastRecords implements RecordSource {
  constructor(
    private readonly records: Standing,
    readonly now: number,
  ) {}

  entries(kindName: string): readonly SeenRecord[] {
    return this.records
      .entries(kindName)
      .filter((entry) => cameAt(entry) <= this.now)
      .map((entry) => ({ ...entry, lapsed: hasLapsed(entry, this.now) }))
  }

  named(kindName: string, recordId: string): SeenRecord | undefined {
    const entry = this.records.named(kindName, recordId)
    if (entry === undefined || cameAt(entry) > this.now) return undefined
    return { ...entry, lapsed: hasLapsed(entry, this.now) }
  }

  endOf(kindName: string, recordId: string): number | null | undefined {
    return this.named(kindName, recordId) === undefined ? undefined : this.records.endOf(kindName, recordId)
  }

  mayEnd(record: Spoken, by: Spoken): boolean {
    return this.records.mayEnd(record, by)
  }
}
