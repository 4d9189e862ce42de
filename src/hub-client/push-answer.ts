import { isTimestamp, withZone } from '../base/timestamp.js'
import type { Conflict, ConflictReason, Lease, PushAnswer, Rejection } from '../record/protocol.js'
import type { Wire } from '../record/wire.js'

/** A push's answer; what a plain hub leaves out is empty, `cursor`, `epoch` and `now` are `undefined`. */
export type LenientPushAnswer = Omit<PushAnswer, 'cursor' | 'epoch' | 'now' | 'position'> & {
  cursor: number | undefined
  epoch: string | undefined
  now: string | undefined
  /** Empty for a hub that announces none. */
  features: readonly string[]
}

/** What `pushAnswerSchema` lets through. */
export interface RawPushAnswer {
  inserted: number
  updated?: number
  skipped: number
  conflicts?: (Omit<Wire<Conflict>, 'holder'> & { holder?: RawHolder | null })[]
  rejected?: Wire<Rejection>[]
  leases?: (Omit<Wire<Lease>, 'expires_at'> & { expires_at?: string | null })[]
  cursor?: number
  epoch?: string
  now?: unknown
  features?: string[]
  position?: string
  follows?: boolean
}

interface RawHolder {
  run_id: string
  expires_at?: string | null
  token: number
}

/** Reads an answer that has passed its schema, field by field: what nobody here knows is left where it is. */
export function readPushAnswer(raw: RawPushAnswer): LenientPushAnswer {
  const {
    inserted,
    updated = 0,
    skipped,
    conflicts = [],
    rejected = [],
    leases = [],
    cursor,
    epoch,
    now,
    features = [],
    follows,
  } = raw
  return {
    inserted,
    updated,
    skipped,
    conflicts: conflicts.map(({ kind, record_id: recordId, reason, holder, revision, token }) => ({
      kind,
      recordId,
      reason: reason as ConflictReason,
      holder: holder ? { runId: holder.run_id, expiresAt: holder.expires_at ?? null, token: holder.token } : null,
      ...(revision !== undefined && { revision }),
      ...(token !== undefined && { token }),
    })),
    rejected: rejected.map(({ kind, record_id: recordId, reason }) => ({ kind, recordId, reason })),
    leases: leases.map((lease) => ({
      kind: lease.kind,
      recordId: lease.record_id,
      token: lease.token,
      expiresAt: lease.expires_at ?? null,
    })),
    cursor,
    epoch,
    now: isTimestamp(now) ? withZone(now) : undefined,
    features,
    follows,
  }
}
