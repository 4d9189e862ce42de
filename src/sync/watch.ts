import { CoordError } from '../base/errors.js'
import { connect } from '../workspace/connect.js'
import type { Session } from '../workspace/session.js'
import { isStoreThere } from '../workspace/store-there.js'
import { resolveTarget } from '../workspace/target.js'
import { watchDirectories } from '../workspace/watch-directories.js'
import { ChangedFiles } from './changed-files.js'
import { type FollowEvent, follow } from './follow.js'
import { settleOpenHolds } from './holding/exclusive-holds.js'
import type { LostHold } from './holding/settle-holds.js'
import { type PushResult, push } from './push/push.js'
import { Repeater } from './repeater.js'

export interface WatchOptions {
  /** Names of kinds; all of them when left out or empty. */
  kinds?: readonly string[] | undefined
  /** `false`: the records that come are counted, and no event tells them. */
  keepRecords?: boolean | undefined
  /** Called with everything that happens, in order. */
  onEvent: (event: WatchEvent) => void
}

/** What happens while a workspace is kept in step. A push that failed is tried again, as a pull is. */
export type WatchEvent =
  | FollowEvent
  /** Local records went out. `outcome` as `push` gives it. */
  | { readonly event: 'pushed'; readonly outcome: PushResult }
  /** Directories cannot be watched, and are looked at every two seconds instead. */
  | { readonly event: 'looking'; readonly problem: string }
  /** A run of this store was told that it holds something alone, and another one was first. */
  | { readonly event: 'lost'; readonly hold: LostHold }

/** File systems lose events at times. */
const SAFETY_MS = 60_000

/**
 * Keeps a workspace and a space in step, in both directions, until the session ends: local files are pushed as they
 * appear, records are pulled as the hub tells of them. Outages are waited out. What is under way at the end is finished.
 */
export async function watch(session: Session, { kinds, keepRecords = true, onEvent }: WatchOptions): Promise<void> {
  const target = resolveTarget(session, kinds)
  await connect(session, target, true) // Whoever is to push must be somebody, before anything is begun.
  const ending = new AbortController()
  const changes = new ChangedFiles()
  let told = new Set<string>()
  let hasMetHub = false
  const pushing = new Repeater(
    async () => {
      if (!isStoreThere(target.repo)) return
      const changed = changes.take()
      const result = await push(session, { kinds, changed, meetHub: !hasMetHub }).catch((error: unknown) => {
        changes.addAll()
        throw error
      })
      if (result.interrupted) return
      hasMetHub ||= result.errors.length === 0
      // What is refused is refused again with each push; it is told once.
      const refused = [...result.conflicts, ...result.rejected, ...result.ignored].map((item) => JSON.stringify(item))
      const isWorthTelling = result.inserted + result.updated > 0 || refused.some((item) => !told.has(item))
      told = new Set(changed === undefined ? refused : [...told, ...refused])
      if (isWorthTelling) onEvent({ event: 'pushed', outcome: result })
      // Noted before anything else fails: what could not be sent is not to wait for the next look at everything.
      if (result.errors.length > 0) changes.addAll()
      for (const hold of await settleOpenHolds(session)) onEvent({ event: 'lost', hold })
      // What the hub refuses for what it is it will refuse again.
      if (result.errors.length === 0) return
      const [message = FAILED.message] = result.errors
      throw new CoordError({ ...FAILED, message, hint: result.hints[0] ?? FAILED.hint })
    },
    {
      signal: AbortSignal.any([session.signal, ending.signal]),
      onFailure: (failure, retryMs) => onEvent({ event: 'failed', ...failure, retryMs }),
    },
  )
  const pushEverything = () => {
    changes.addAll()
    pushing.ask()
  }
  const stopWatching = watchDirectories(
    target.repo,
    target.kinds.map(({ directory }) => directory),
    (directory, name) => {
      if (directory === undefined || name === undefined) changes.addAll()
      else changes.add(directory, name)
      pushing.ask()
    },
    (problem) => onEvent({ event: 'looking', problem }),
  )
  const safety = setInterval(pushEverything, SAFETY_MS)
  try {
    pushEverything()
    await follow(session, {
      kinds,
      keepRecords,
      onEvent(event) {
        onEvent(event)
        // It is back: nobody waits out what was to spare it.
        if (event.event === 'connected') pushing.hurry()
        // Another hub may lack what the one before had.
        if (event.event === 'pulled' && event.outcome.startedOver) pushEverything()
      },
    })
  } finally {
    stopWatching()
    clearInterval(safety)
    ending.abort()
    await pushing.idle()
  }
}

const FAILED = {
  code: 'PUSH_FAILED',
  status: 'hub_error',
  message: 'the push failed',
  hint: 'It is tried again.',
} as const
