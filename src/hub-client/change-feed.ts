import { setTimeout as sleep } from 'node:timers/promises'
import { backOffMs } from '../base/back-off.js'
import { CoordError } from '../base/errors.js'
import type { HubClient } from './hub-client.js'

/** What a reader of a space hears. */
export type FeedEvent =
  /** The stream stands; a cursor follows at once if there is something to pull. */
  | { readonly event: 'connected' }
  /** The space ends at this id. It says that there is something; pull fetches it. */
  | { readonly event: 'cursor'; readonly cursor: number }
  /** The stream is gone, with what to do about it; the next try comes after `retryMs`. */
  | { readonly event: 'disconnected'; readonly problem: string; readonly hint: string; readonly retryMs: number }

export interface ChangeFeedOptions {
  readonly owner: string
  readonly slug: string
  /** The id up to which everything is known. */
  readonly sinceId: number
  /** Ends the feed. */
  readonly signal: AbortSignal
  /** The first pause before another try; 500 when left out. */
  readonly firstPauseMs?: number
}

/** What trying again cannot cure. A space that is not there may come: its owner's first push makes it. */
const HOPELESS: ReadonlySet<string> = new Set(['HUB_DENIED', 'HUB_INSECURE', 'HUB_REDIRECT'])

/**
 * Tells of the changes of a space as they happen, for as long as it is wanted: when the stream breaks it is opened again,
 * with pauses that grow while the hub stays away. Ends when `signal` aborts. Throws what trying again cannot cure.
 */
export async function* changeFeed(client: HubClient, options: ChangeFeedOptions): AsyncGenerator<FeedEvent> {
  const { owner, slug, signal, firstPauseMs = 500 } = options
  let { sinceId } = options
  let failures = 0
  let retryMs = 0
  while (!signal.aborted) {
    let openedAt = Number.POSITIVE_INFINITY
    let problem = 'the hub ended the stream'
    let hint = 'It is asked again by itself.'
    try {
      for await (const cursor of client.watch(owner, slug, sinceId, signal)) {
        openedAt = Math.min(openedAt, performance.now())
        if (cursor === null) yield { event: 'connected' }
        else {
          sinceId = cursor
          yield { event: 'cursor', cursor }
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (sinceId > 0 && error instanceof CoordError && error.code === 'HUB_CURSOR_AHEAD') {
        // Another hub, or an older one: whoever pulls finds out and starts over. Nothing can end before 0.
        sinceId = 0
        yield { event: 'cursor', cursor: 0 }
        continue
      }
      if (!(error instanceof CoordError) || HOPELESS.has(error.code)) throw error
      problem = error.message
      hint = error.hint
    }
    if (signal.aborted) return
    // One that ends as soon as it stands was not worth the pause before it.
    if (performance.now() - openedAt > 2 * retryMs) failures = 0
    retryMs = backOffMs(++failures, firstPauseMs)
    yield { event: 'disconnected', problem, hint, retryMs }
    await sleep(retryMs, undefined, { signal }).catch(() => {})
  }
}
