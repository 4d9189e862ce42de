import type { Workspace } from '../workspace.js'
import { leaseIn } from './lease-in.js'
import { type LeaseHolder, type LeaseNote, LeaseNotes } from './lease-notes.js'
import { LONG_AGO } from './long-ago.js'

/** A lease that a run was granted, and has no more without having ended it. */
export interface MissingLease extends Pick<LeaseNote, 'kind' | 'recordId' | 'runId'> {
  /** Who has it instead; `null`: nobody is known to. */
  readonly holder: LeaseHolder | null
}

/** The leases that a run misses and has not been told of: others have them, somebody has ended them, or their end has passed. */
export function missingLeases({ repo, registry, view, viewer }: Workspace, runId: string): readonly MissingLease[] {
  const notes = new LeaseNotes(repo)
  const kinds = registry.all.filter(({ merge }) => merge === 'lease')
  return kinds.flatMap(({ name }) =>
    notes.ofRun(name, runId).flatMap(({ kind, recordId, state, isTold, holder }): MissingLease[] => {
      if (isTold) return []
      const missing = { kind, recordId, runId }
      if (state === 'lost') return [{ ...missing, holder }]
      const entry = leaseIn(view, kind, recordId)
      if (entry === undefined) return []
      if (entry.runId !== runId) {
        return [{ ...missing, holder: entry.lapsed ? null : { runId: entry.runId, expiresAt: entry.expiresAt } }]
      }
      // Given back in another store by the run itself; by anybody else it has been taken from it.
      const isOwnEnd = entry.expiresAt === LONG_AGO && (entry.author === null || entry.author === viewer.handle)
      return entry.lapsed && !isOwnEnd ? [{ ...missing, holder: null }] : []
    }),
  )
}

/** Notes that the runs of these have been told. What a run has anew is noted anew. */
export function noteMissingTold({ repo }: Workspace, told: readonly MissingLease[]): void {
  const notes = new LeaseNotes(repo)
  for (const { kind, recordId, runId } of told) {
    const note = notes.read(kind, recordId, runId)
    if (note !== null) notes.write({ ...note, isTold: true })
  }
}
