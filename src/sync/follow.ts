import { endingWith } from '../base/ending-with.js'
import { CoordError } from '../base/errors.js'
import { changeFeed } from '../hub-client/change-feed.js'
import { connect } from '../workspace/connect.js'
import type { Session } from '../workspace/session.js'
import { isStoreThere } from '../workspace/store-there.js'
import { resolveTarget } from '../workspace/target.js'
import { type PullResult, pull } from './pull/pull.js'
import { Repeater } from './repeater.js'

export interface FollowOptions {
  /** Names of kinds; all of them when left out or empty. */
  readonly kinds?: readonly string[] | undefined
  /** Events tell the records that came, a page of them each, so that memory does not grow. Left out: they are only counted. */
  readonly keepRecords?: boolean | undefined
  /** Called with everything that happens, in order. */
  readonly onEvent: (event: FollowEvent) => void
}

/** What happens while the records of others are brought. */
export type FollowEvent =
  /** The hub tells of changes from now on. */
  | { readonly event: 'connected' }
  /** The hub is away, with what to do about it; the next try comes after `retryMs`. */
  | { readonly event: 'disconnected'; readonly problem: string; readonly hint: string; readonly retryMs: number }
  /** Records came. `outcome` as `pull` gives it. */
  | { readonly event: 'pulled'; readonly outcome: Omit<PullResult, 'recordTexts'> }
  /** A pull failed; it is tried again. */
  | { readonly event: 'failed'; readonly problem: string; readonly hint: string; readonly retryMs: number }

/** A stream may be gone without a sign, and some hubs have none. */
const SAFETY_MS = 60_000

/**
 * Brings what the others push to a session's space as the hub tells of it, until the session ends. Outages are waited
 * out; rejects with what waiting cannot cure, such as a key that the hub does not know.
 */
export async function follow(session: Session, { kinds, keepRecords = false, onEvent }: FollowOptions): Promise<void> {
  const { signal } = session
  const target = resolveTarget(session, kinds)
  const ending = endingWith(signal)
  const pulling = new Repeater(
    async () => {
      if (!isStoreThere(target.repo)) return
      let hasMore = true
      while (hasMore && !ending.signal.aborted) {
        const result = await pull(session, { kinds, all: !keepRecords, keepRecords }).catch(nothingWithoutSpace)
        if (result === null) return
        const { recordTexts: _, ...outcome } = result
        const isNews = outcome.count + outcome.rejected.length > 0 || outcome.startedOver
        if (isNews) onEvent({ event: 'pulled', outcome })
        hasMore = outcome.hasMore
      }
    },
    {
      signal: ending.signal,
      onFailure: (failure, retryMs) => onEvent({ event: 'failed', ...failure, retryMs }),
    },
  )
  const safety = setInterval(() => pulling.ask(), SAFETY_MS)
  try {
    pulling.ask()
    let hasStream = false
    const { owner, slug } = target
    for await (const change of changeFeed(await connect(session, target), { owner, slug, sinceId: 0, signal })) {
      hasStream ||= change.event === 'connected'
      if (change.event !== 'cursor') onEvent(change)
      // A hub without a stream is asked for records as often as for its stream.
      if (change.event !== 'disconnected' || !hasStream) pulling.ask()
    }
  } finally {
    clearInterval(safety)
    ending.end()
    await pulling.idle()
  }
}

/** The owner's first push makes the space; until then there is nothing to bring, and the feed tells that it is not there. */
function nothingWithoutSpace(error: unknown): null {
  if (error instanceof CoordError && error.code === 'SPACE_HIDDEN') return null
  throw error
}
