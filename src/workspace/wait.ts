import { coordError } from '../base/errors.js'
import type { Kind, RecordState } from '../kinds/kind.js'
import { findId } from './find-id.js'
import { readHolds } from './holds.js'
import { openLeases } from './leases/leases.js'
import { readStates } from './record-states.js'
import type { Session } from './session.js'
import { type Look, waitUntil } from './wait-until.js'
import type { Workspace } from './workspace.js'

export interface WaitRequest {
  /** Record ids of any kind, their beginnings, or what somebody holds: `src/a.ts`, the name of a lock. */
  readonly ids: readonly string[]
  /** No bound when left out. */
  readonly timeoutSeconds?: number | undefined
  /** Does not ask the hub: only what is written here counts. */
  readonly isOffline?: boolean
}

/** Something that was waited for, as it ended. */
export interface Awaited {
  /** The record's id. */
  readonly id: string
  readonly kind: string
  /** As its kind says it: `completed`, `failed`, `released`, `lapsed`. */
  readonly status: string
  /** The run that had it; `''` where nothing tells. */
  readonly runId: string
  /** What its run left. */
  readonly result: unknown
  readonly error: string | null
}

/** A record that is waited for. */
interface Target {
  readonly kind: Kind
  readonly recordId: string
}

/** Waits until each record is over. Throws `RECORD_BLOCKED` for one that never will be as things stand. */
export async function wait(session: Session, request: WaitRequest): Promise<readonly Awaited[]> {
  const { workspace } = session
  const { ids, timeoutSeconds, isOffline = false } = request
  const leases = await openLeases(session, { isOffline, isReader: true })
  await leases.refresh()
  const targets = findTargets(workspace, ids)
  const options = { kinds: [], what: `The end of ${ids.join(' and ')}`, timeoutSeconds }
  return waitUntil(session, leases, options, async () => progressOf(workspace, targets))
}

/** The records that were named: by their ids first, else by what is held by them. */
function findTargets({ registry, view }: Workspace, typed: readonly string[]): readonly Target[] {
  const named = new Map<string, readonly Target[]>()
  for (const { what, kind: name, recordId } of readHolds({ registry, view })) {
    const [kind] = registry.select([name]) as [Kind]
    named.set(what, [...(named.get(what) ?? []), { kind, recordId }])
  }
  // Of several kinds that know an id the one that says how it stands, and of those the first: not a claim, but its task.
  const kinds = [...registry.all.filter(({ state }) => !state), ...registry.all.filter(({ state }) => state).reverse()]
  const alive = view.alive()
  for (const kind of kinds) {
    const begun = typed.flatMap((one) => view.ids(kind.name, one.replace(/…$/, '')))
    const ids = [...alive.entries(kind.name).map(({ recordId }) => recordId), ...begun]
    for (const recordId of ids) named.set(recordId, [{ kind, recordId }])
  }
  const targets = typed.flatMap((one) => named.get(findId('record or hold', one, [...named.keys()])) ?? [])
  return [...new Map(targets.map((target) => [`${target.kind.name}\n${target.recordId}`, target])).values()]
}

function progressOf({ view }: Workspace, targets: readonly Target[]): Look<readonly Awaited[]> {
  const records = view.alive(targets.map(({ recordId }) => recordId))
  const rules = new Map(targets.map(({ kind }) => [kind, readStates(kind, records)]))
  const seen = targets.map(({ kind, recordId }) => {
    const entry = records.named(kind.name, recordId)
    return { kind, recordId, state: entry && rules.get(kind)?.(entry) }
  })
  for (const { kind, recordId, state } of seen) {
    if (state?.blocked !== undefined) throw coordError('RECORD_BLOCKED', `${kind.name} ${recordId}`, state.blocked)
  }
  if (seen.every(({ state }) => state === undefined || state.isOver)) return { found: seen.map(awaited) }
  const times = seen.flatMap(({ state }) => (state === undefined || state.isOver ? [] : (state.until ?? [])))
  return { lookAgainAt: times.length === 0 ? null : Math.min(...times) }
}

/** A record that was removed meanwhile is over, too: `gc` removes no other. */
function awaited({ kind, recordId, state }: Target & { readonly state: RecordState | undefined }): Awaited {
  const { state: status = 'removed', runId = '', result = null, error = null } = state ?? {}
  return { id: recordId, kind: kind.name, status, runId, result, error }
}
