import { type CoordRecord, type RecordSource, timeOf } from '../../src/plugin.js'

/** What a run intends to do with addresses, with or without a reservation. */
export interface Intent {
  intent_id?: string
  /** `''` when the intent stands alone. */
  reservation_id?: string | null
  run_id?: string
  branch?: string | null
  addresses?: string[]
  operation?: string | null
  detail?: string | null
  created_at?: string
  expires_at?: string | null
}

/** How long an intent counts that tells of no end and belongs to no reservation: Muse writes such. */
const LIFE_MILLISECONDS = 24 * 3600 * 1000

/**
 * What tells the end of each intent: that of its reservation where it has one, else its own expiry. Milliseconds since 1970;
 * `null`: it never ends.
 */
export function readIntentEnds(records: RecordSource): (intent: CoordRecord) => number | null {
  return ({ payload, expiresAt }) => {
    const { reservation_id: reservationId, created_at: createdAt } = payload as Intent
    const end = typeof reservationId === 'string' ? records.endOf('reservation', reservationId) : undefined
    if (end !== undefined) return end
    if (expiresAt !== null) return Date.parse(expiresAt)
    const began = timeOf(createdAt)
    return began === null ? null : began + LIFE_MILLISECONDS
  }
}
