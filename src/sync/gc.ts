import { formatTimestamp } from '../base/timestamp.js'
import { takeFaults } from '../kinds/ask-kind.js'
import { removeLeftovers } from '../workspace/leftovers.js'
import type { IgnoredFile } from '../workspace/record-files.js'
import { withRemoteLock } from '../workspace/remote-lock.js'
import type { Session } from '../workspace/session.js'
import { type CollectedFile, collectGarbage } from './collect-garbage.js'
import { findUnsent } from './push/unsent.js'
import { faultsOfKinds } from './status/failing-kinds.js'

const WEEK_SECONDS = 7 * 24 * 3600

export interface GcOptions {
  /** How long a record must have been over; a week when left out. */
  readonly olderThanSeconds?: number | undefined
  /** Removes nothing. */
  readonly dryRun?: boolean
}

/** A file as it is told: `endedAt` is ISO 8601. */
export type RemovedFile = Omit<CollectedFile, 'endedAt'> & { readonly endedAt: string }

export interface GcResult extends Required<GcOptions> {
  readonly olderThanSeconds: number
  /** What was removed, or would be. */
  readonly removed: readonly RemovedFile[]
  /** Over long enough, but kept, because no hub is known to have it. */
  readonly unsent: readonly RemovedFile[]
  /** Kinds whose own code throws when it is asked what is over, each with the directory of its records: those that it throws at stay. */
  readonly problems: readonly IgnoredFile[]
}

/**
 * Removes the files of records that have been over for long from the session's workspace.
 *
 * @throws `FILE_FAILED` where a directory or file could not be read; nothing was removed then
 */
export async function gc(session: Session, options: GcOptions = {}): Promise<GcResult> {
  const { olderThanSeconds = WEEK_SECONDS, dryRun = false } = options
  const { repo, view } = session.workspace
  for (const kind of session.registry) takeFaults(kind)
  const unsent = await findUnsent(session)
  const kinds = session.registry.all
  const collect = () => {
    const { now } = view
    return collectGarbage({ repo, kinds, view, records: view.everything(), now, olderThanSeconds, unsent, dryRun })
  }
  // A pull that runs meanwhile must not have put another record where one was found to be over.
  const garbage = dryRun ? collect() : await withRemoteLock(repo, collect, session.signal)
  if (!dryRun) removeLeftovers(repo, session.env)
  const problems = faultsOfKinds(session.workspace)
  return { dryRun, olderThanSeconds, removed: garbage.removed.map(dated), unsent: garbage.unsent.map(dated), problems }
}

function dated(collected: CollectedFile): RemovedFile {
  return { ...collected, endedAt: formatTimestamp(collected.endedAt) }
}
