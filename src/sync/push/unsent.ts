import { join } from 'node:path'
import { CoordError } from '../../base/errors.js'
import type { Kind } from '../../kinds/kind.js'
import { listRecordFiles } from '../../workspace/record-files.js'
import type { Repo } from '../../workspace/repo.js'
import type { Session } from '../../workspace/session.js'
import { knownSpaces } from '../../workspace/state/known-spaces.js'
import type { SpaceAddress } from '../../workspace/state/space-address.js'
import { SyncState } from '../../workspace/state/sync-state.js'
import { resolveTarget, type Target } from '../../workspace/target.js'
import { trackedPathsOf } from '../../workspace/tracked-records.js'
import type { FileNames } from '../changed-files.js'
import { createOutbox, filesOf } from './outbox.js'
import { outgoing } from './outgoing.js'

/** Local records that some hub, which this workspace syncs with, is not known to hold as they are. */
export interface Unsent {
  /** The spaces that were asked about: `owner/slug`. None: this workspace syncs with nobody. */
  readonly spaces: readonly string[]
  /** Paths of their files. */
  readonly files: ReadonlySet<string>
  /** Paths of the files that a push leaves out: broken ones, and those behind a newer file of the same record id. */
  readonly leftOut: ReadonlySet<string>
  /** How many of each kind; kinds without are left out. */
  readonly counts: readonly { readonly kind: string; readonly count: number }[]
  /** Where the space of the settings lacks nothing, one that does; else `null`. */
  readonly elsewhere: SpaceAddress | null
}

/**
 * Finds what is unsent, by the sync state alone and without a hub: for every space that this workspace has synced with,
 * and for the one that its settings name. Writes nothing.
 */
export async function findUnsent(session: Session): Promise<Unsent> {
  const { repo } = session.workspace
  const { all } = session.registry
  const known = knownSpaces(repo)
  const target = targetOrNull(session)
  const isNew = target !== null && !known.some((space) => isSame(space, target))
  const files = new Set<string>()
  const leftOut = new Set<string>()
  const counts: { kind: string; count: number }[] = []
  const looks: Look[] = []
  const tracked = trackedPathsOf(repo)
  for (const space of known) {
    const look = await lookAt(repo, space, all)
    if (look.hasAnswered || (target !== null && isSame(space, target))) looks.push(look)
  }
  const stores = storesOf(looks)
  const lacking = new Set<HubStore>()
  for (const kind of all) {
    const before = files.size
    // Nothing of it has ever been sent to a space that there is no state about.
    const paths = isNew ? listRecordFiles(repo, kind.directory, []).map((name) => pathOf(repo, kind, name)) : []
    for (const path of paths) if (!tracked.has(path)) files.add(path)
    for (const one of stores) {
      for (const path of one.lacks(kind)) {
        files.add(path)
        lacking.add(one)
      }
    }
    if (files.size > before) counts.push({ kind: kind.name, count: files.size - before })
  }
  for (const look of looks) for (const path of look.leftOut) leftOut.add(path)
  const spaces = [...looks.map(({ space }) => space), ...(isNew ? [target] : [])].map(
    ({ owner, slug }) => `${owner}/${slug}`,
  )
  const isAtHome =
    isNew || [...lacking].some((one) => one.spaces.some((space) => target !== null && isSame(space, target)))
  const elsewhere = isAtHome ? null : ([...lacking][0]?.spaces[0] ?? null)
  return { spaces: [...new Set(spaces)], files, leftOut, counts, elsewhere }
}

/** One space of one hub, under all addresses by which this workspace has reached it. */
interface HubStore {
  readonly spaces: readonly SpaceAddress[]
  lacks(kind: Kind): readonly string[]
}

/** What a hub has that was moved, or that has two names, it has under each of them: its epoch says that it is the same. */
function storesOf(looks: readonly Look[]): readonly HubStore[] {
  const groups = new Map<string, Look[]>()
  for (const look of looks) {
    const { space, epoch } = look
    const name = epoch === null ? JSON.stringify(space) : JSON.stringify([epoch, space.owner, space.slug])
    groups.set(name, [...(groups.get(name) ?? []), look])
  }
  return [...groups.values()].map((group) => ({
    spaces: group.map(({ space }) => space),
    lacks(kind) {
      const [first, ...others] = group.map(({ unsent }) => unsent.get(kind) ?? []) as [readonly string[], ...string[][]]
      const missing = others.map((paths) => new Set(paths))
      return first.filter((path) => missing.every((paths) => paths.has(path)))
    },
  }))
}

/** Whether the session's hub is known to hold these files as they are; where it has none, nothing is to be sent. */
export async function areSent(session: Session, files: FileNames): Promise<boolean> {
  const target = targetOrNull(session)
  if (target === null) return true
  const { repo, hub, owner, slug } = target
  const state = SyncState.open(repo, { hub: hub.base, owner, slug })
  for (const kind of session.registry.all) {
    const names = files.get(kind.directory)
    if (names === undefined) continue
    const outbox = createOutbox(kind, state.sentToLookAt(kind), repo, names)
    for (const _ of await outgoing(outbox, false)) return false
    // What is left out is not sent either.
    if (outbox.ignored.length > 0) return false
  }
  return true
}

/** What the state of one space tells. */
interface Look {
  readonly space: SpaceAddress
  /** `false`: its hub has never taken or told anything, so the address was a slip, and nothing waits to be sent there. */
  readonly hasAnswered: boolean
  /** `null`: its hub has told none. */
  readonly epoch: string | null
  readonly unsent: ReadonlyMap<Kind, readonly string[]>
  readonly leftOut: readonly string[]
}

async function lookAt(repo: Repo, space: SpaceAddress, kinds: readonly Kind[]): Promise<Look> {
  const state = SyncState.open(repo, space)
  const unsent = new Map<Kind, string[]>()
  const leftOut: string[] = []
  // Not every hub tells its epoch: one that does not shows by the records that it took.
  let hasAnswered = state.hasAnswered ?? state.epoch !== null
  for (const kind of kinds) {
    const outbox = createOutbox(kind, state.sentToLookAt(kind), repo)
    const paths: string[] = []
    for (const record of await outgoing(outbox, false)) paths.push(...filesOf(record).map(({ path }) => path))
    unsent.set(kind, paths)
    for (const { path } of outbox.ignored) leftOut.push(path)
    if (outbox.sent.knownCount + outbox.held.length > 0) hasAnswered = true
  }
  return { space, hasAnswered, epoch: state.epoch, unsent, leftOut }
}

/** Why nothing is to be sent; settings that are not trusted name none. */
const NO_TARGET: ReadonlySet<string> = new Set(['HUB_URL_MISSING', 'FLAG_MISSING', 'SETTINGS_UNTRUSTED'])

/** The space that the settings name; `null` where they name none. */
function targetOrNull(session: Session): Target | null {
  try {
    return resolveTarget(session)
  } catch (error) {
    if (error instanceof CoordError && NO_TARGET.has(error.code)) return null
    throw error
  }
}

function isSame(space: SpaceAddress, { hub, owner, slug }: Target): boolean {
  return space.hub === hub.base && space.owner === owner && space.slug === slug
}

function pathOf(repo: Repo, { directory }: Kind, name: string): string {
  return join(repo.coordinationDirectory, directory, name)
}
