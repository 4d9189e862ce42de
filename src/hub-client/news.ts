import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError, problemOf } from '../base/errors.js'
import type { HubClient } from './hub-client.js'

/** What a reader of a space hears. */
export type News =
  /** The stream stands; a cursor follows at once if there is something to pull. */
  | { readonly type: 'connected' }
  /** The space ends at this id. It says that there is something; pull fetches it. */
  | { readonly type: 'cursor'; readonly cursor: number }
  /** The stream is gone; the next try comes after `retryMs`. */
  | { readonly type: 'disconnected'; readonly problem: string; readonly retryMs: number }

export interface NewsOptions {
  readonly owner: string
  readonly slug: string
  /** The id up to which everything is known. */
  readonly sinceId: number
  /** Ends the stream. */
  readonly signal: AbortSignal
  /** The first pause before another try; 500 when left out. */
  readonly firstPauseMs?: number
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

/** What trying again cannot cure. A space that is not there may come: its owner's first push makes it. */
const HOPELESS: ReadonlySet<string> = new Set(['HUB_DENIED', 'HUB_INSECURE', 'HUB_REDIRECT'])

/**
 * News of a space as it happens, for as long as it is wanted: when the stream breaks it is opened again, with pauses that
 * grow while the hub stays away. Ends when `signal` aborts. Throws what trying again cannot cure.
 */
export async function* hearNews(client: HubClient, options: NewsOptions): AsyncGenerator<News> {
  const { owner, slug, signal } = options
  const firstPauseMs = options.firstPauseMs ?? FIRST_PAUSE_MS
  let sinceId = options.sinceId
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    let problem = 'the hub ended the stream'
    try {
      for await (const cursor of client.watch(owner, slug, sinceId, signal)) {
        pauseMs = firstPauseMs
        if (cursor === null) yield { type: 'connected' }
        else {
          sinceId = cursor
          yield { type: 'cursor', cursor }
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (sinceId > 0 && error instanceof CoordError && error.code === 'HUB_CURSOR_AHEAD') {
        // Another hub, or an older one: whoever pulls finds out and starts over. Nothing can end before 0.
        sinceId = 0
        yield { type: 'cursor', cursor: 0 }
        continue
      }
      if (!(error instanceof CoordError) || HOPELESS.has(error.code)) throw error
      problem = problemOf(error)
    }
    if (signal.aborted) return
    const retryMs = Math.round(pauseMs * (0.75 + Math.random() / 2))
    yield { type: 'disconnected', problem, retryMs }
    await sleep(retryMs, undefined, { signal }).catch(() => {})
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}
