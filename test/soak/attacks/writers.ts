import { setTimeout as sleep } from 'node:timers/promises'
import { CONTENT_DIGEST, contentDigest, sha256Of } from '../../../src/auth/content-digest.js'
import type { Signer } from '../../support/start-hub.js'

/** What honest writers saw: milliseconds of each push until it was acknowledged, tries that were refused counted in. */
export interface Seen {
  readonly milliseconds: number[]
  refusals: number
}

const RECORDS = 5
const PAUSE_MS = 50

/** Pushes into a space of its own until the end, again and again what was not taken. */
export async function write(writer: Signer, seen: Seen, signal: AbortSignal): Promise<void> {
  const path = `/${writer.handle}/own/coord/push`
  for (let round = 0; !signal.aborted; round++) {
    const records = Array.from({ length: RECORDS }, (_, n) => {
      const id = `${process.hrtime.bigint()}-${round}-${n}`
      const payload = { reservation_id: id, run_id: writer.handle, addresses: [`src/${id}.ts`] }
      return { kind: 'reservation', record_id: id, run_id: writer.handle, payload, expires_at: null }
    })
    const start = performance.now()
    while (!(await isTaken(writer, path, { records }))) {
      if (signal.aborted) return
      seen.refusals++
      await sleep(PAUSE_MS)
    }
    seen.milliseconds.push(performance.now() - start)
    await sleep(PAUSE_MS)
  }
}

/** With the hash of the body in the head, as clients send it. */
async function isTaken(writer: Signer, path: string, records: object): Promise<boolean> {
  const body = JSON.stringify(records)
  try {
    const headers = { [CONTENT_DIGEST]: contentDigest(sha256Of(body)) }
    const answer = await writer.fetch(path, { method: 'POST', body, headers })
    await answer.text()
    return answer.status === 200
  } catch {
    return false // A connection that was cut: it is tried again.
  }
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
