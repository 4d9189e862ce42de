import type { JsonObject } from '../../src/record/record.js'

/** A record as it stands in a push. */
export interface SentRecord {
  kind: string
  record_id: string
  run_id: string
  payload: JsonObject
  expires_at: string | null
}

/** A record that nothing is wrong with, changed as a test needs it. */
export function sentRecord(recordId: string, change: Partial<SentRecord> = {}): SentRecord {
  return {
    kind: 'reservation',
    record_id: recordId,
    run_id: 'run-1',
    payload: { reservation_id: recordId, run_id: 'run-1', addresses: ['src/a.ts::f'] },
    expires_at: null,
    ...change,
  }
}

export function sentRecords(count: number, prefix = 'r'): SentRecord[] {
  return Array.from({ length: count }, (_, index) => sentRecord(`${prefix}${index}`))
}
