import { coordError } from '../../base/errors.js'
import type { Hold, Kind, RecordState } from '../../kinds/kind.js'
import { isSafeRecordId } from '../../record/record.js'
import { findId } from '../../workspace/find-id.js'
import { assertNoneBroken, isHeldBy, unreadHolds } from '../../workspace/holds.js'
import { openLeases } from '../../workspace/leases/leases.js'
import { readStates } from '../../workspace/record-states.js'
import { readLivingHolds } from '../../workspace/run-entry.js'
import type { Session } from '../../workspace/session.js'
import type { Workspace } from '../../workspace/workspace.js'
import { holdersOf } from '../running/holder.js'
import { type Look, waitUntil } from './wait-until.js'

export interface WaitRequest {
  /** Record ids of any kind, their beginnings, or what somebody holds: `src/a.ts`, the name of a lock. */
  readonly ids: readonly string[]
  /** No bound when left out. */
  readonly timeoutSeconds?: number | undefined
  /** The run that waits: what it holds itself is not waited for by its name. */
  readonly runId?: string | null
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
  const { ids, timeoutSeconds, runId = null, isOffline = false } = request
  const leases = await openLeases(session, { isOffline, isReader: true })
  await leases.refresh()
  const targets = await findTargets(session, ids, runId)
  const options = { kinds: [], what: `The end of ${ids.join(' and ')}`, timeoutSeconds, runId }
  return waitUntil(session, leases, options, async () => progressOf(workspace, targets))
}

/** The records that were named: by their ids first, else by what is held by them, in the words of each kind. */
async function findTargets(
  session: Session,
  typed: readonly string[],
  runId: string | null,
): Promise<readonly Target[]> {
  const { workspace } = session
  const { registry, view } = workspace
  view.takeUnread(allKinds(workspace))
  const holds = readLivingHolds(workspace)
  const named = new Map<string, readonly Target[]>()
  for (const { what, kind: name, recordId } of holds) {
    const [kind] = registry.select([name]) as [Kind]
    named.set(what, [...(named.get(what) ?? []), { kind, recordId }])
  }
  // Of several kinds that know an id the one that says how it stands, and of those the first: not a claim, but its task.
  const kinds = [...registry.all.filter(({ state }) => !state), ...registry.all.filter(({ state }) => state).reverse()]
  const alive = view.alive()
  const ids = new Map<string, readonly Target[]>()
  for (const kind of kinds) {
    const begun = typed.flatMap((one) => view.ids(kind.name, one.replace(/…$/, '')))
    const all = [...alive.entries(kind.name).map(({ recordId }) => recordId), ...begun]
    for (const recordId of all) ids.set(recordId, [{ kind, recordId }])
  }
  const others = runId === null ? holds : holds.filter((hold) => !isHeldBy(workspace, hold, runId))
  const all = new Map([...named, ...ids])
  const targets: Target[] = []
  for (const one of typed) {
    const meant = isSafeRecordId(one.replace(/…$/, '')) ? [] : await heldByOthers(session, one, others)
    // What can be no id and is held by nobody is free: there is nothing to wait for.
    if (meant === null) {
      view.assertRead(allKinds(workspace))
      assertNoneBroken(unreadHolds(workspace))
      continue
    }
    if (meant.length === 0 && !all.has(one)) view.assertRead(allKinds(workspace))
    targets.push(...(meant.length > 0 ? meant : (all.get(findId('record or hold', one, [...all.keys()])) ?? [])))
  }
  return [...new Map(targets.map((target) => [`${target.kind.name}\n${target.recordId}`, target])).values()]
}

/** What others hold of something that is typed as no id can be; `null`: a kind knows it, and nobody holds any of it. */
async function heldByOthers(
  session: Session,
  typed: string,
  others: readonly Hold[],
): Promise<readonly Target[] | null> {
  const { registry, workspace } = session
  let isKnown = false
  const met: Target[] = []
  for (const { kind: name, read } of holdersOf(session)) {
    const what = await read?.(session, typed)
    const [kind] = registry.select([name]) as [Kind]
    if (what === undefined || what === null) continue
    isKnown = true
    for (const other of others) {
      if (kind.meet?.({ ...other, kind: name, what }, other, workspace) !== true) continue
      const [ofOther] = registry.select([other.kind]) as [Kind]
      met.push({ kind: ofOther, recordId: other.recordId })
    }
  }
  return isKnown && met.length === 0 ? null : met
}

function allKinds({ registry }: Workspace): readonly string[] {
  return registry.all.map(({ name }) => name)
}

function progressOf(workspace: Workspace, targets: readonly Target[]): Look<readonly Awaited[]> {
  const { view } = workspace
  view.takeUnread(allKinds(workspace))
  const records = view.alive(targets.map(({ recordId }) => recordId))
  const rules = new Map(targets.map(({ kind }) => [kind, readStates(kind, records)]))
  const seen = targets.map(({ kind, recordId }) => {
    const entry = records.named(kind.name, recordId)
    return { kind, recordId, state: entry && rules.get(kind)?.(entry) }
  })
  for (const { kind, recordId, state } of seen) {
    if (state?.blocked !== undefined) throw coordError('RECORD_BLOCKED', `${kind.name} ${recordId}`, state.blocked)
  }
  if (seen.every(({ state }) => state === undefined || state.isOver)) {
    // A file that cannot be read now, or not to its end, was not removed.
    const missing = seen.filter(({ state }) => state === undefined).map(({ kind }) => kind.name)
    if (missing.length > 0) {
      view.assertRead(allKinds(workspace))
      assertNoneBroken(view.problems(...missing))
    }
    return { found: seen.map(awaited) }
  }
  const times = seen.flatMap(({ state }) => (state === undefined || state.isOver ? [] : (state.until ?? [])))
  return { lookAgainAt: times.length === 0 ? null : Math.min(...times) }
}

/** A record that was removed meanwhile is over, too: `gc` removes no other. */
function awaited({ kind, recordId, state }: Target & { readonly state: RecordState | undefined }): Awaited {
  const { state: status = 'removed', runId = '', result = null, error = null } = state ?? {}
  return { id: recordId, kind: kind.name, status, runId, result, error }
}
