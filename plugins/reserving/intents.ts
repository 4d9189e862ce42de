import { type CoordRecord, type Hold, type RecordSource, timeOf } from '../../src/plugin.js'
import { readText, readTexts } from '../fields.js'

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
    const { reservationId, createdAt } = readIntent(payload)
    const end = records.endOf('reservation', reservationId)
    if (end !== undefined) return end
    if (expiresAt !== null) return timeOf(expiresAt)
    return createdAt === null ? null : createdAt + LIFE_MILLISECONDS
  }
}

/** What runs mean to touch by the intents that count now: each of their addresses. */
export function* readIntentions(records: RecordSource): Iterable<Hold> {
  const endOf = readIntentEnds(records)
  for (const intent of records.entries('intent')) {
    const until = endOf(intent)
    if (until !== null && until <= records.now) continue
    const { kind, recordId, runId, author, payload } = intent
    const { addresses, operation, createdAt: since } = readIntent(payload)
    for (const what of addresses) {
      yield {
        ...{ kind, recordId, what, runId, author, since, until, token: null, isExclusive: false },
        details: { operation },
      }
    }
  }
}

export function readIntent({ reservation_id, branch, addresses, operation, detail, created_at }: Intent) {
  return {
    /** `''`: it stands alone. */
    reservationId: readText(reservation_id) ?? '',
    branch: readText(branch) ?? '',
    addresses: readTexts(addresses),
    operation: readText(operation),
    detail: readText(detail) ?? '',
    createdAt: timeOf(created_at),
  }
}
