import { gzipSync } from 'node:zlib'

/** What every contender writes and reads: reservations of about 350 bytes. */
export interface Row {
  readonly recordId: string
  readonly runId: string
  readonly payloadJson: string
  readonly expiresAt: string
}

/** As many as a client puts into one push. */
export const BATCH = 500

const FIRST = Date.parse('2026-03-18T12:00:00Z')

/** Rows in batches. `mark` keeps the ids of one call apart from those of the others. */
export function batchesOf(count: number, mark: string): Row[][] {
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) =>
    Array.from({ length: Math.min(BATCH, count - batch * BATCH) }, (_, index) => row(batch * BATCH + index, mark)),
  )
}

/** A batch as the body of a push, compressed as clients do it. */
export function bodyOf(batch: readonly Row[]): Buffer {
  const records = batch.map(
    ({ recordId, runId, payloadJson, expiresAt }) =>
      `{"kind":"reservation","record_id":"${recordId}","run_id":"${runId}","payload":${payloadJson},"expires_at":"${expiresAt}"}`,
  )
  return gzipSync(`{"records":[${records.join(',')}]}`, { level: 1 })
}

function row(number: number, mark: string): Row {
  const recordId = `${mark}-${number.toString(16).padStart(8, '0')}-4c1e-8a52-5a1c0f9e7b3d`
  const runId = `run-${number % 64}`
  const expiresAt = new Date(FIRST + number * 1000).toISOString()
  const payload = {
    schema_version: '1',
    reservation_id: recordId,
    run_id: runId,
    branch: 'feature/benchmark',
    addresses: [`src/module_${number}/service.py::handle_request_${number}`, `src/module_${number}/model.py`],
    operation: 'modify',
    created_at: new Date(FIRST + number * 1000 - 3_600_000).toISOString(),
    expires_at: expiresAt,
  }
  return { recordId, runId, payloadJson: JSON.stringify(payload), expiresAt }
}
