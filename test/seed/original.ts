import path from 'node:path'

/** A kind as the original maps it: where its files lie, which fields it reads, and whether it sends when one lapses. */
export interface Mapping {
  readonly kind: string
  readonly directory: string
  readonly idField: string
  readonly runIdField: string
  readonly lapses: boolean
}

/** In the order in which the original gathers them, which is the order in the body of its push. */
export const MAPPINGS: readonly Mapping[] = [
  mapping('reservation', 'reservations', 'reservation_id', 'run_id', true),
  mapping('heartbeat', 'heartbeats', 'run_id', 'run_id', true),
  mapping('intent', 'intents', 'intent_id', 'run_id', true),
  mapping('release', 'releases', 'release_id', 'run_id', false),
  mapping('dependency', 'dependencies', 'reservation_id', 'run_id', false),
  mapping('task', 'tasks', 'task_id', 'run_id', false),
  mapping('claim', 'claims', 'task_id', 'claimer_run_id', true),
]

function mapping(kind: string, directory: string, idField: string, runIdField: string, lapses: boolean): Mapping {
  return { kind, directory, idField, runIdField, lapses }
}

/** What the original puts into a push for one file. Nothing is checked, so any value may stand anywhere. */
export interface GatheredRecord {
  readonly kind: string
  readonly record_id: unknown
  readonly run_id: unknown
  readonly payload: object
  readonly expires_at: unknown
}

/**
 * The record that the original makes of a file; `null`: it passes over the file without a word. A field that is there
 * with `null` is there: only a missing one falls back.
 */
export function gather(mapping: Mapping, fileName: string, bytes: Buffer): GatheredRecord | null {
  const data = load(bytes)
  if (data === null) return null
  const { kind, idField, runIdField, lapses } = mapping
  const get = (field: string, fallback: unknown) => (Object.hasOwn(data, field) ? data[field] : fallback)
  return {
    kind,
    record_id: get(idField, path.basename(fileName, '.json')),
    run_id: get(runIdField, ''),
    payload: data,
    expires_at: lapses ? get('expires_at', null) : null,
  }
}

/** Python reads `NaN` and `Infinity` as well, and fails on a byte order mark. */
function load(bytes: Buffer): Record<string, unknown> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const data: unknown = JSON.parse(text.replaceAll(/\b(NaN|Infinity)\b/g, 'null'))
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : null
  } catch {
    return null
  }
}
