import { setTimeout as sleep } from 'node:timers/promises'
import { asCoordError, problemOf } from '../base/errors.js'
import { hearNews } from '../hub-client/news.js'
import { connect } from '../workspace/connect.js'
import type { Session } from '../workspace/session.js'
import { resolveTarget } from '../workspace/target.js'
import { pull } from './pull/pull.js'
import { Repeater } from './repeater.js'

const PAUSE_WITHOUT_STREAM_MS = 5000

/**
 * Keeps bringing into the workspace what the others push to the space, until the session ends: pulls when the hub has
 * news. A hub that is out of reach for a while is noted, once for each fault, and waited for. Never rejects.
 */
export async function followSpace(session: Session): Promise<void> {
  const { signal } = session
  let trouble = ''
  const report = (problem: string) => {
    if (!signal.aborted && problem !== trouble) session.note(`⚠️  ${problem}`)
    trouble = problem
  }
  const pulling = new Repeater(async () => {
    try {
      await pull(session, { all: true, keepRecords: false })
    } catch (error) {
      report(asCoordError(error).message)
    }
  })
  try {
    const target = resolveTarget(session)
    const place = { owner: target.owner, slug: target.slug, sinceId: 0, signal }
    for await (const news of hearNews(connect(session, target), place)) {
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
