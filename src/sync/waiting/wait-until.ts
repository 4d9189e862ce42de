import { endingWith } from '../../base/ending-with.js'
import { coordError } from '../../base/errors.js'
import type { Leases } from '../../workspace/leases/leases.js'
import { LocalChanges } from '../../workspace/local-changes.js'
import type { Session } from '../../workspace/session.js'
import { noteWorth } from '../../workspace/worth/note-worth.js'
import { giveBackOfDead } from '../leaving/give-back-of-dead.js'

/** What a look at the workspace found: what was waited for, or when time alone may change the answer. */
export type Look<Found> =
  | { readonly found: Found }
  /** Milliseconds since 1970 by the application's clock; `null`: only a change of records changes it. */
  | { readonly lookAgainAt: number | null }

export interface WaitOptions {
  /** Names of the kinds whose records matter. */
  readonly kinds: readonly string[]
  /** What is waited for, as the rest of the sentence "… did not come". */
  readonly what: string
  /** The run that waits; left out: it has no name. */
  readonly runId?: string | null
  /** No bound when left out. */
  readonly timeoutSeconds?: number | undefined
}

/** Looks are cheap; some file systems tell nobody of a change, and nothing tells of a process that ends. */
const SAFETY_MILLISECONDS = 3000

/**
 * Looks until what is waited for is there: at once, whenever a record of these kinds changes in the workspace, and when
 * the clock may have changed the answer. What runs of this machine held whose process ends is given back before each look. With
 * a hub it also brings what comes from other machines.
 */
export async function waitUntil<Found>(
  session: Session,
  leases: Leases,
  options: WaitOptions,
  look: () => Promise<Look<Found>>,
): Promise<Found> {
  const { workspace } = session
  const { timeoutSeconds = Number.POSITIVE_INFINITY } = options
  // Not by the application's clock: that one may be set forth and back.
  const deadline = performance.now() + timeoutSeconds * 1000
  const following = endingWith(session.signal)
  const changes = new LocalChanges(workspace.repo, workspace.registry.select(options.kinds))
  const followed = leases.follow(following.signal)
  const isOffline = leases.space === null
  let hasWaited = false
  try {
    for (;;) {
      await giveBackOfDead(session, { isOffline })
      const seen = await look()
      if ('found' in seen) {
        const { what, runId } = options
        if (hasWaited) noteWorth(session, [{ what: 'wait_ended', runId: runId ?? '', of: what, record: null }])
        return seen.found
      }
      hasWaited = true
      const left = deadline - performance.now()
      if (left <= 0) throw coordError('WAIT_TIMED_OUT', options.what, timeoutSeconds)
      const untilDue = seen.lookAgainAt === null ? Number.POSITIVE_INFINITY : seen.lookAgainAt - workspace.clock.now()
      // A time that has come already, but brought no answer, is no reason to spin.
      await changes.next(Math.min(left, Math.max(untilDue, 50), SAFETY_MILLISECONDS), session.signal)
    }
  } finally {
    following.end()
    changes.close()
    await followed
  }
}
