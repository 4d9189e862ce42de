import { timeOf } from '../../base/timestamp.js'
import type { Workspace } from '../workspace.js'
import { type LeaseNote, LeaseNotes } from './lease-notes.js'

/** For how long a run that does not ask is told of a loss, from the time on at which it would have ended by itself. */
const TOLD_MILLISECONDS = 24 * 3600 * 1000

/** The leases that runs of this store took to be theirs, that others have, and that the runs have not been told of. */
export function lostLeases({ repo, registry, view }: Workspace): readonly LeaseNote[] {
  const notes = new LeaseNotes(repo)
  return registry.all.flatMap(({ name, merge }) => {
    if (merge !== 'lease') return []
    return notes.all(name).filter(({ state, isTold, payload }) => {
      if (state !== 'lost' || isTold) return false
      const end = timeOf(payload?.expires_at)
      return end === null || end + TOLD_MILLISECONDS > view.now
    })
  })
}
