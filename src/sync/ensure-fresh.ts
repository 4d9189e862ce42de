import { CoordError, coordError } from '../base/errors.js'
import { freshness } from '../workspace/freshness.js'
import type { Session } from '../workspace/session.js'
import { pull } from './pull/pull.js'

/**
 * Pulls where what the session's store knows is older than it may be. Without a hub nothing is.
 *
 * @throws `STALE` when the hub cannot be asked
 */
export async function ensureFresh(session: Session, maxAgeSeconds: number): Promise<void> {
  const { hub, asOf, ageSeconds } = freshness(session)
  if (hub === null || (ageSeconds !== null && ageSeconds <= maxAgeSeconds)) return
  try {
    await pull(session, { all: true, keepRecords: false })
  } catch (error) {
    if (!(error instanceof CoordError) || error.status !== 'hub_error') throw error
    const known = asOf === null ? 'Nothing was ever pulled' : `What is known here is of ${asOf}`
    const stale = coordError('STALE', known, error.message)
    stale.cause = error
    throw stale
  }
}
