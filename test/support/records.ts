/** Payloads of records as their writers write them, by the path of their file under `.muse/coordination/`. */
export type RecordFiles = Record<string, Record<string, unknown>>

export function reservation(id: string, more: object = {}): RecordFiles {
  return {
    [`reservations/${id}.json`]: { reservation_id: id, run_id: 'run-1', addresses: [`src/${id}.ts::f`], ...more },
  }
}

export function reservations(count: number, prefix = 'r'): RecordFiles {
  return Object.assign({}, ...Array.from({ length: count }, (_, index) => reservation(`${prefix}${index}`)))
}

export function heartbeat(runId: string, more: object = {}): RecordFiles {
  return { [`heartbeats/${runId}.json`]: { run_id: runId, last_beat_at: '2026-03-18T12:00:00Z', ...more } }
}

export function claim(taskId: string, runId: string, more: object = {}): RecordFiles {
  return {
    [`claims/${taskId}.json`]: { task_id: taskId, claimer_run_id: runId, expires_at: '2099-01-01T00:00:00Z', ...more },
  }
}
