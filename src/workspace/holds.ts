import { coordError } from '../base/errors.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Hold, Kind, RecordSource, SeenRecord } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import { RULES } from '../record/merge/rules.js'
import { isSameRun, keepsOut, type Tenant } from '../record/merge/tenure.js'
import { isOneRun, isSessionRun } from '../record/run-name.js'
import type { Copy } from './entry.js'
import type { Standing } from './index/standing.js'
import { leaseLength } from './leases/lease-length.js'
import { placeName, placeOf, readPlace } from './place.js'
import type { IgnoredFile } from './record-files.js'
import type { Workspace } from './workspace.js'

/**
 * What runs hold now, by records of whatever kind. For whoever asks before an edit: what is not known is not free.
 *
 * @param records what is alive, where that has been looked at; left out: it is looked at now
 * @throws `KIND_FAILED`
 */
export function readHolds(
  { registry, view }: Pick<Workspace, 'registry' | 'view'>,
  records: Standing = view.alive(),
): readonly Hold[] {
  return holdsAt(registry, records)
}

/** The same for whoever only looks: of the kinds whose own code throws there is nothing. */
export function knownHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly Hold[] {
  const records = view.alive()
  return registry.all.flatMap((kind) => askKind(kind, 'holds', () => holdsOf(kind, records), []))
}

/** Of pictures of a moment: whoever judges many records by one asks it of each. */
const known = new WeakMap<Standing, readonly Hold[]>()

function holdsAt(registry: KindRegistry, records: Standing): readonly Hold[] {
  const holds = known.get(records) ?? holdsIn(registry, records)
  known.set(records, holds)
  return holds
}

function holdsIn(registry: KindRegistry, records: RecordSource): readonly Hold[] {
  const holds = registry.all.flatMap((kind) => holdsOf(kind, records))
  return whereRunsAre(registry, records, holds)
}

/** A run that has said since that it goes on in another place has there what it held before. */
function whereRunsAre(registry: KindRegistry, records: RecordSource, holds: readonly Hold[]): readonly Hold[] {
  if (!holds.some(({ place }) => place)) return holds
  const moves = registry.all.flatMap((kind) =>
    kind.beats === undefined ? [] : records.entries(kind.name).flatMap((entry) => moveOf(kind, entry)),
  )
  return holds.map((hold) => {
    const { runId, author, since, place } = hold
    const move = moves.find(
      (one) =>
        one.runId === runId &&
        (one.author === null || author === null || one.author === author) &&
        one.at >= (since ?? 0),
    )
    return place && move ? { ...hold, place: move.place } : hold
  })
}

function moveOf(kind: Kind, { runId, author, payload }: SeenRecord) {
  const beat = askKind(kind, 'beats', () => kind.beats?.(payload) ?? null, null)
  const place = readPlace(payload.place)
  return beat === null || beat.at === null || place === null
    ? []
    : [{ runId: beat.runId || runId, author, at: beat.at, place }]
}

function holdsOf(kind: Kind, records: RecordSource): readonly Hold[] {
  const holds = [...(kind.holds?.(records) ?? [])]
  return kind.merge === 'lease' ? holds.map((hold) => withTenure(hold, records)) : holds
}

/** What whoever acquired a lease has written into it, where the kind says nothing of it. */
function withTenure(hold: Hold, records: RecordSource): Hold {
  if (hold.length !== undefined && hold.place !== undefined) return hold
  const payload = records.named(hold.kind, hold.recordId)?.payload ?? {}
  const { length = leaseLength(payload), place = readPlace(payload.place) } = hold
  return { ...hold, place, ...(length !== undefined && { length }) }
}

/** Files that could not be read, of the kinds that say who holds what or when that ends: others may hold more than is known. */
export function unreadHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly IgnoredFile[] {
  const kinds = kindsOfHolds(registry)
  return kinds.length === 0 ? [] : view.problems(...kinds)
}

/** For whoever has found nothing beside records that are broken, which may hold it. Throws `HOLDS_UNKNOWN`. */
export function assertNoneBroken([broken]: readonly IgnoredFile[]): void {
  if (broken !== undefined) throw coordError('HOLDS_UNKNOWN', broken.path, broken.reason)
}

/**
 * Looks at the holds for a reason to say no. That there is none is an answer only where all could be read: a disk that
 * failed, or somebody else's directory, tells nothing of who holds what. Throws `FILE_FAILED` then.
 */
export function lookForHolder<T>(workspace: Workspace, look: () => T, saysNo: (found: T) => boolean): T {
  workspace.view.takeUnread(kindsOfHolds(workspace.registry))
  const found = look()
  if (!saysNo(found)) assertHoldsRead(workspace)
  return found
}

/** For whoever has found no hold. Throws `FILE_FAILED` where there may be one in what could not be read. */
export function assertHoldsRead({ registry, view }: Workspace): void {
  view.assertRead(kindsOfHolds(registry))
}

function kindsOfHolds(registry: KindRegistry): readonly string[] {
  return registry.all.filter((kind) => kind.holds || kind.ends || kind.beats).map(({ name }) => name)
}

/**
 * Who has a hold.
 *
 * @param localAuthor the handle of this store's user, whose its own records are; `null`: nobody knows
 */
export function tenantOf(
  { runId, author, place }: Pick<Hold, 'runId' | 'author' | 'place'>,
  localAuthor: string | null,
): Tenant {
  // The run of a session is one wherever its commands are run.
  return { runId, author: author ?? localAuthor, place: isSessionRun(runId) ? null : placeName(place) }
}

/** Whether a run that works here has a hold: nobody else who bears its name. */
export function isHeldBy(
  { repo, viewer }: Workspace,
  hold: Pick<Hold, 'runId' | 'author' | 'place'>,
  runId: string,
): boolean {
  // The author is looked up only where the name is the same.
  if (!isOneRun(hold.runId, runId)) return false
  const handle = hold.author === null ? null : viewer.handle
  // The place of a session's run says nothing, and to name one takes a hash and a look at git for each hold.
  const place = isSessionRun(runId) ? null : placeOf(repo)
  return isSameRun(tenantOf(hold, handle), tenantOf({ ...hold, runId, author: handle, place }, handle))
}

/** Whether two holds cannot be had by two runs at once, by the word of the first one's kind. */
export function meet(workspace: Workspace, own: Hold, other: Hold): boolean {
  const kind = workspace.registry.get(own.kind)
  return kind?.meet?.(own, other, workspace) ?? own.what === other.what
}

/** A hold that is asked for, or that is judged. */
export interface Wanted {
  readonly holds: readonly Hold[]
  /** The handle of this store's user; `null`: nobody knows. */
  readonly localAuthor: string | null
  /** What only warns keeps nobody out of it. */
  readonly passesAdvisory: boolean
}

/** What other runs hold of it now, by what the store knows. Throws `KIND_FAILED`, and see {@link lookForHolder}. */
export function holdsAgainst(
  workspace: Workspace,
  { holds: own, localAuthor, passesAdvisory }: Wanted,
): readonly Hold[] {
  const [first] = own
  if (first === undefined) return []
  const tenant = tenantOf(first, localAuthor)
  const isAgainst = (other: Hold) =>
    (other.isExclusive || !passesAdvisory) &&
    !isSameRun(tenantOf(other, localAuthor), tenant) &&
    own.some((one) => meet(workspace, one, other))
  return lookForHolder(
    workspace,
    () => readHolds(workspace).filter(isAgainst),
    (found) => found.length > 0,
  )
}

/** What becomes of a hold by the order of its space. */
export type Verdict =
  /** Nobody before it has any of it. `until`: its end, `null`: not before it is given back. Milliseconds since 1970. */
  | { readonly outcome: 'held'; readonly until: number | null; readonly moment: number }
  /** These stand before it. */
  | { readonly outcome: 'kept_out'; readonly by: readonly Hold[] }
  /** It had been given back, or its end had passed when the hub took it. */
  | { readonly outcome: 'over' }
  /** The space has not told when it took it. */
  | { readonly outcome: 'unplaced' }

/**
 * Judges a hold of this store by the order of its space, as every reader does. What is here must be here to the end of the
 * space: a register that extends an earlier hold moves beyond it.
 *
 * @param moment of the write by which it is judged: milliseconds since 1970, by the hub's clock; the record's own when left out
 */
export function judgeHold(
  workspace: Workspace,
  hold: Pick<Hold, 'kind' | 'recordId'>,
  how: Pick<Wanted, 'localAuthor' | 'passesAdvisory'>,
  moment?: number,
): Verdict {
  const judge = () => judgeByOrder(workspace, hold, how, moment)
  return lookForHolder(workspace, judge, ({ outcome }) => outcome === 'kept_out')
}

function judgeByOrder(
  workspace: Workspace,
  { kind: kindName, recordId }: Pick<Hold, 'kind' | 'recordId'>,
  { localAuthor, passesAdvisory }: Pick<Wanted, 'localAuthor' | 'passesAdvisory'>,
  moment?: number,
): Verdict {
  const { registry, view } = workspace
  const entry = view.named(kindName, recordId)
  const placed = entry && [entry, ...entry.shadowed].find(({ id, receivedAt }) => id !== null && receivedAt !== null)
  if (placed === undefined || placed.id === null || placed.receivedAt === null) return { outcome: 'unplaced' }
  const judgedAt = moment ?? Date.parse(placed.receivedAt)
  const records = view.at(judgedAt)
  const holds = holdsAt(registry, records)
  const own = holds.filter((hold) => hold.kind === kindName && hold.recordId === recordId)
  const [first] = own
  if (first === undefined) return { outcome: 'over' }
  const candidate = { tenant: tenantOf(first, localAuthor), position: placed.id, moment: judgedAt }
  const by = holds.filter(
    (other) =>
      (other.isExclusive || !passesAdvisory) &&
      // The cheapest question first: of what one run has much is compared with much.
      !isSameRun(tenantOf(other, localAuthor), candidate.tenant) &&
      own.some((one) => meet(workspace, one, other)) &&
      keepsOut(
        { tenant: tenantOf(other, localAuthor), until: other.until, ...positionOf(registry, records, other) },
        candidate,
      ),
  )
  return by.length > 0 ? { outcome: 'kept_out', by } : { outcome: 'held', until: first.until, moment: judgedAt }
}

function positionOf(registry: KindRegistry, records: Standing, { kind: kindName, recordId }: Hold) {
  const kind = registry.get(kindName)
  const entry = records.named(kindName, recordId)
  const copies: readonly Copy[] = entry === undefined ? [] : [entry, ...entry.shadowed]
  const ids = copies.flatMap(({ id }) => id ?? [])
  return {
    position: ids.length === 0 ? null : Math.min(...ids),
    isMoved: kind !== undefined && RULES[kind.merge].isRewritten,
  }
}
