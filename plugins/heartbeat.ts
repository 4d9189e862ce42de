import schema from '../schemas/heartbeat.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { combineHeartbeats, type Heartbeat, readBeat, readRunBeats } from './reserving/beats.js'

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
    const beats = readRunBeats(records)
    return ({ recordId }) => beats.get(recordId)?.aliveUntil ?? null
  },
  beats: readBeat,
  goodbye: ({ runId, at }) => {
    const payload: Heartbeat = { run_id: runId, last_beat_at: at, expires_at: at, left_at: at }
    return { kind: 'heartbeat', payload: { schema_version: '1', ...payload } }
  },
  combine: combineHeartbeats,
})
