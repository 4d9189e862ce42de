import type { StoreRecord } from './stores/record-store.js'

/**
 * A stored record as JSON, around the payload, which stays the text it is. Kinds, ids, authors and time stamps hold no
 * character that JSON escapes: the hub took none that did.
 */
export function recordJson(record: StoreRecord): string {
  const expiresAt = record.expiresAt === null ? 'null' : `"${record.expiresAt}"`
  const revision = record.revision === null ? '' : `,"revision":${record.revision}`
  return (
    `{"id":${record.id},"kind":"${record.kind}","record_id":"${record.recordId}","run_id":${JSON.stringify(record.runId)}` +
    `,"payload":${record.payloadJson},"expires_at":${expiresAt},"author":"${record.author}","token":${record.token}${revision}` +
    `,"received_at":"${record.receivedAt}"}`
  )
}
