import schema from '../schemas/heartbeat.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readBeats } from './reserving/beats.js'

/** That a run is alive, and how far it extends its reservations. One a run: a newer one replaces it. */
export interface Heartbeat {
  run_id?: string
  last_beat_at?: string
  expires_at?: string | null
  /** Extended until, by reservation id. */
  reservations?: Record<string, string>
  /** Other writers keep one file a reservation, with these two fields. */
  reservation_id?: string
  extended_expires_at?: string | null
}

export default defineKind<Heartbeat>({
  name: 'heartbeat',
  directory: 'heartbeats',
  idField: 'run_id',
  runIdField: 'run_id',
  schema,
  merge: 'latest',
  expiresAt: (heartbeat) => heartbeat.expires_at ?? null,
  describe: ({ reservations }) => `alive, ${Object.keys(reservations ?? {}).length} reservation(s) extended`,
  ends: (records) => {
    const beats = readBeats(records)
    return ({ recordId }) => beats.get(recordId)?.aliveUntil ?? null
  },
})
