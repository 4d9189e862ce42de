import { asCoordError, problemOf } from '../errors.js'
import { connect } from './connect.js'
import { hearNews } from './news.js'
import { type PullOptions, pull } from './pull.js'
import { Repeater } from './repeater.js'
import { resolveTarget } from './target.js'

export interface FollowOptions extends Omit<PullOptions, 'all' | 'keepRecords' | 'limit' | 'sinceId' | 'onProgress'> {
  readonly signal: AbortSignal
  /** Called with the sentence of each failure that is not that of the one before. */
  readonly onTrouble: (message: string) => void
}

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
      // A hub without a stream is asked as often as the stream is tried.
      pulling.ask()
      if (news.type === 'disconnected') report(news.problem)
    }
  } catch (error) {
    report(problemOf(error))
  }
  await pulling.idle()
}
