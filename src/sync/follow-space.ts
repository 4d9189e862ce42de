import { setTimeout as sleep } from 'node:timers/promises'
import { asCoordError, problemOf } from '../base/errors.js'
import { connect } from '../hub-client/connect.js'
import { hearNews } from '../hub-client/news.js'
import { resolveTarget } from '../workspace/target.js'
import { type PullOptions, pull } from './pull/pull.js'
import { Repeater } from './repeater.js'

export interface FollowOptions extends Omit<PullOptions, 'all' | 'keepRecords' | 'limit' | 'sinceId' | 'onProgress'> {
  readonly signal: AbortSignal
  /** Called with the sentence of each failure that is not that of the one before. */
  readonly onTrouble: (message: string) => void
}

const PAUSE_WITHOUT_STREAM_MS = 5000

/**
 * Keeps bringing into the workspace what the others push to the space, until `signal` aborts: pulls when the hub has
 * news. A hub that is out of reach for a while is reported and waited for. Never rejects.
 */
export async function followSpace(options: FollowOptions): Promise<void> {
  const { signal, onTrouble, ...place } = options
  let trouble = ''
  const report = (problem: string) => {
    if (!signal.aborted && problem !== trouble) onTrouble(problem)
    trouble = problem
  }
  const pulling = new Repeater(async () => {
    try {
      await pull({ ...place, signal, all: true, keepRecords: false })
    } catch (error) {
      report(asCoordError(error).message)
    }
  })
  try {
    const target = resolveTarget(options)
    const place = { owner: target.owner, slug: target.slug, sinceId: 0, signal }
    for await (const news of hearNews(connect(target, options), place)) {
      pulling.ask()
      if (news.type === 'disconnected') report(news.problem)
    }
  } catch (error) {
    report(problemOf(error))
    // A hub that has no stream still has news: it is asked now and then.
    while (!signal.aborted) {
      await sleep(PAUSE_WITHOUT_STREAM_MS, undefined, { signal }).catch(() => {})
      if (!signal.aborted) pulling.ask()
    }
  }
  await pulling.idle()
}
