import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError, problemOf } from '../base/errors.js'
import { hearNews } from '../hub-client/news.js'
import { connect } from '../workspace/connect.js'
import type { Session } from '../workspace/session.js'
import { resolveTarget } from '../workspace/target.js'
import { watchDirectories } from '../workspace/watch-directories.js'
import { ChangedFiles } from './changed-files.js'
import { type PullResult, pull } from './pull/pull.js'
import { type PushResult, push } from './push/push.js'
import { Repeater } from './repeater.js'

export interface WatchOptions {
  /** Names of kinds; all of them when left out or empty. */
  kinds?: readonly string[] | undefined
  /** Called with everything that happens, in order. */
  onEvent: (event: WatchEvent) => void
}

/** What happens while a workspace is kept in step. */
export type WatchEvent =
  /** The hub tells its news from now on. */
  | { readonly event: 'connected' }
  /** The hub is away; the next try comes after `retryMs`. Local changes wait. */
  | { readonly event: 'disconnected'; readonly problem: string; readonly retryMs: number }
  /** Local records went out. `outcome` as `push` gives it. */
  | { readonly event: 'pushed'; readonly outcome: PushResult }
  /** Records came. `outcome` as `pull` gives it, without the records. */
  | { readonly event: 'pulled'; readonly outcome: PullResult }
  /** A push or pull failed; it is tried again. */
  | { readonly event: 'failed'; readonly problem: string; readonly retryMs: number }

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** Both ways are gone at times without a reason: a file system loses events, and a hub may have no stream. */
const SAFETY_MS = 60_000

/**
 * Keeps a workspace and a space in step, in both directions, until the session ends: local files are pushed as they
 * appear, records are pulled when the hub has news. Outages are waited out. What is under way at the end is finished.
 */
export async function watch(session: Session, options: WatchOptions): Promise<void> {
  const { signal } = session
  const { kinds, onEvent } = options
  const target = resolveTarget(session, kinds)
  const client = connect(session, target, true)
  const ending = new AbortController()
  const wanted = AbortSignal.any([signal, ending.signal])
  const changes = new ChangedFiles()
  let told = new Set<string>()
  const pushing = new Repeater(() =>
    untilDone(wanted, onEvent, async () => {
      const changed = changes.take()
      const result = await push(session, { kinds, changed }).catch((error: unknown) => {
        changes.addAll()
        throw error
      })
      if (result.interrupted) return
      // What is refused is refused again with each push; it is told once.
      const refused = [...result.conflicts, ...result.rejected, ...result.ignored].map((item) => JSON.stringify(item))
      const isNews = result.inserted + result.updated > 0 || refused.some((item) => !told.has(item))
      told = new Set(changed === undefined ? refused : [...told, ...refused])
      if (isNews) onEvent({ event: 'pushed', outcome: result })
      if (!result.failed) return
      changes.addAll()
      throw new CoordError({ ...FAILED, message: result.errors[0] ?? FAILED.message })
    }),
  )
  const pulling = new Repeater(() =>
    untilDone(wanted, onEvent, async () => {
      const result = await pull(session, { kinds, all: true, keepRecords: false }).catch(nothingWithoutSpace)
      if (result === null) return
      if (result.count > 0 || result.startedOver) onEvent({ event: 'pulled', outcome: result })
      if (!result.startedOver) return
      // Another hub may lack what the one before had.
      changes.addAll()
      pushing.ask()
    }),
  )
  const stopWatching = watchDirectories(
    target.repo,
    target.kinds.map(({ directory }) => directory),
    (directory, name) => {
      if (directory === undefined || name === undefined) changes.addAll()
      else changes.add(directory, name)
      pushing.ask()
    },
  )
  const askBoth = () => {
    changes.addAll()
    pushing.ask()
    pulling.ask()
  }
  const safety = setInterval(askBoth, SAFETY_MS)
  try {
    askBoth()
    for await (const news of hearNews(client, { owner: target.owner, slug: target.slug, sinceId: 0, signal })) {
      if (news.type === 'disconnected') onEvent({ event: 'disconnected', problem: news.problem, retryMs: news.retryMs })
      else if (news.type === 'connected') onEvent({ event: 'connected' })
      if (news.type !== 'disconnected') pulling.ask()
    }
  } finally {
    stopWatching()
    clearInterval(safety)
    ending.abort()
    await Promise.all([pushing.idle(), pulling.idle()])
  }
}

/** The owner's first push makes the space; until then there is nothing to bring, and the stream tells that it is not there. */
function nothingWithoutSpace(error: unknown): null {
  if (error instanceof CoordError && error.code === 'SPACE_HIDDEN') return null
  throw error
}

const FAILED = {
  code: 'PUSH_FAILED',
  status: 'hub_error',
  message: 'the push failed',
  hint: 'It is tried again.',
} as const

/** Tries with growing pauses until it works or the watch ends: whatever is wrong with a hub passes, or is mended there. */
async function untilDone(
  signal: AbortSignal,
  onEvent: WatchOptions['onEvent'],
  work: () => Promise<void>,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await work()
      return
    } catch (error) {
      if (signal.aborted) return
      const retryMs = Math.round(pauseMs * (0.75 + Math.random() / 2))
      onEvent({ event: 'failed', problem: problemOf(error), retryMs })
      await sleep(retryMs, undefined, { signal }).catch(() => {})
    }
  }
}
