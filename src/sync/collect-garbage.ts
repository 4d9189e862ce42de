import type { Kind } from '../kinds/kind.js'
import { RULES } from '../record/merge/rules.js'
import type { Copy, Entry } from '../workspace/entry.js'
import type { Standing } from '../workspace/index/standing.js'
import { sweepAsking } from '../workspace/leases/asking.js'
import { LeaseNotes } from '../workspace/leases/lease-notes.js'
import { removeAsSeen } from '../workspace/remove-as-seen.js'
import { sweepDecisions } from '../workspace/replace-file.js'
import type { Repo } from '../workspace/repo.js'
import { knownSpaces } from '../workspace/state/known-spaces.js'
import { SyncState } from '../workspace/state/sync-state.js'
import type { View } from '../workspace/view.js'
import { RemoteInventory } from './pull/remote-inventory.js'
import type { Unsent } from './push/unsent.js'
import { type Found, stillNeeded } from './still-needed.js'

export interface GarbageOptions {
  repo: Repo
  kinds: readonly Kind[]
  /** What `records` are read from. */
  view: View
  /** All records, or with `only` those that stand and those that have to do with these. */
  records: Standing
  /** Ids of records: no other one is removed. Left out: every one that is over long enough. */
  only?: ReadonlySet<string>
  /** Milliseconds since 1970. */
  now: number
  /** How long a record must have been over. */
  olderThanSeconds: number
  unsent: Unsent
  /** Removes nothing. */
  dryRun: boolean
}

export interface CollectedFile {
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  readonly origin: 'local' | 'remote'
  /** When it was over: milliseconds since 1970. */
  readonly endedAt: number
  readonly file: string
}

export interface Garbage {
  /** What was removed, or would be. */
  readonly removed: readonly CollectedFile[]
  /** Over long enough, but no hub is known to have it. */
  readonly unsent: readonly CollectedFile[]
}

/**
 * Removes the files of records that are over for long, own and pulled ones, and this program's own notes that nobody needs
 * any more. What is over, each kind says: by default what has lapsed; what never lapses stays. What a hub is not known
 * to hold stays too, and what a record that stays needs. Killed on the way, it has removed a part, and the next one removes the rest.
 *
 * @throws `FILE_FAILED` where something could not be read, before anything is removed
 */
export function collectGarbage(options: GarbageOptions): Garbage {
  const { repo, kinds, view, records, only, now, olderThanSeconds, dryRun } = options
  const names = kinds.map(({ name }) => name)
  view.takeUnread(names)
  const endedBefore = now - olderThanSeconds * 1000
  const collected: Collected[] = []
  const open: Found[] = []
  // All ends are told before anything goes, because the kinds look at each other's records.
  for (const kind of kinds) {
    for (const entry of records.entries(kind.name)) {
      const endedAt = records.endOf(kind.name, entry.recordId) ?? null
      if (endedAt === null || endedAt > endedBefore) open.push({ kind, entry })
      else collected.push(...copiesOf({ kind, entry }, endedAt, endedBefore, options.unsent))
    }
  }
  // What could not be read may be what keeps a record: a beat that extends it, a task that waits for it.
  view.assertRead(names)
  const unsent = collected.filter(({ isUnsent }) => isUnsent)
  const isNeeded = stillNeeded(
    new Set([...open.map(({ entry }) => entry.recordId), ...collected.map(({ recordId }) => recordId)]),
    open,
    unsent.map(({ recordId }) => recordId),
  )
  const isAskedFor = ({ recordId }: CollectedFile) => only === undefined || only.has(recordId)
  const chosen = collected
    .filter((one) => isAskedFor(one) && !one.isUnsent && !isNeeded(one.found))
    // What a lease has ended goes before it does: killed in between, this must not open it again.
    .sort((one, other) => Number(isLease(one)) - Number(isLease(other)))
  let removed = chosen
  if (!dryRun) {
    const inventories = knownSpaces(repo).map((space) => new RemoteInventory(repo, SyncState.open(repo, space), names))
    removed = chosen.filter((one) => remove(repo, one))
    // What went here is not missed by the next pull.
    for (const inventory of inventories) inventory.save(removedByKind(removed))
    sweepDecisions(repo)
    sweepAsking(repo)
    const notes = new LeaseNotes(repo)
    for (const { merge, name, directory } of kinds) {
      // What stands is no less known for being old: its token is told nowhere else.
      const isThere = (recordId: string) => repo.coordination.stat(`${directory}/${recordId}.json`) !== null
      if (merge === 'lease') notes.sweep(name, endedBefore, isThere)
    }
  }
  return { removed: removed.map(fileOf), unsent: unsent.map(fileOf) }
}

/** `false`: another process has written into its place since it was found to be over. */
function remove(repo: Repo, { found: { kind }, origin, file, payload }: Collected): boolean {
  // Those of others are put in place whole, and by nobody but who has the lock.
  if (origin === 'local' && RULES[kind.merge].isRewritten) return removeAsSeen(repo, file, payload)
  repo.coordination.remove(repo.coordination.nameOf(file))
  return true
}

interface Collected extends CollectedFile {
  readonly found: Found
  readonly isUnsent: boolean
  readonly payload: object
}

function copiesOf(found: Found, endedAt: number, endedBefore: number, unsent: Unsent): Collected[] {
  const { kind, entry } = found
  // The file of a combined entry stands behind it once more, as it is.
  const copies = new Map<string, Copy>([entry, ...entry.shadowed].map((copy) => [copy.file, copy]))
  return (
    [...copies.values()]
      // A copy that says more than the one that stands is no garbage: it may stand again.
      .filter((copy) => isOver(copy, endedBefore, kind.ends === undefined))
      .map((copy) => {
        const { recordId, runId, origin, file, payload } = copy
        const isOwnUnsent = isUnsent(copy, entry, unsent)
        return { kind: kind.name, recordId, runId, origin, endedAt, file, found, isUnsent: isOwnUnsent, payload }
      })
  )
}

function isLease({ found }: Collected): boolean {
  return found.kind.merge === 'lease'
}

/** By kind, how many pulled files went: below 0. */
function removedByKind(removed: readonly Collected[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { kind, origin } of removed) if (origin === 'remote') counts.set(kind, (counts.get(kind) ?? 0) - 1)
  return counts
}

function fileOf({ found, isUnsent, payload, ...file }: Collected): CollectedFile {
  return file
}

function lapseOf({ expiresAt }: { readonly expiresAt: string | null }): number | null {
  return expiresAt === null ? null : Date.parse(expiresAt)
}

function isOver(copy: Copy, endedBefore: number, isOverByLapse: boolean): boolean {
  const lapsedAt = lapseOf(copy)
  return lapsedAt === null ? !isOverByLapse : lapsedAt <= endedBefore
}

function isUnsent(copy: Copy, entry: Entry, { files, leftOut }: Unsent): boolean {
  if (copy.origin === 'remote') return false
  if (files.has(copy.file)) return true
  const isBehindAnother = copy.file !== entry.file && entry.origin === 'local'
  return leftOut.has(copy.file) && !isBehindAnother
}
