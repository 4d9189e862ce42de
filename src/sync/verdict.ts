import type { PullResult } from './pull/pull.js'
import type { PushResult } from './push/push.js'

/** How a push or pull ended, for people and for the programs that look at the exit code. */
export interface Verdict {
  readonly icon: '✅' | '⚠️ ' | '❌'
  /** 0: what was not taken is only left out or stands otherwise at the hub. 7: a lease is lost. 130: interrupted. */
  readonly exitCode: 0 | 1 | 7 | 130
  /** What did not arrive, in a line; `null`: everything did. */
  readonly missing: string | null
}

/** The word on a push. Who ends well has nothing lost and nothing refused; files left out and conflicts are told. */
export function pushVerdict(result: PushResult): Verdict {
  const { inserted, updated, skipped, conflicts, rejected, ignored, lost } = result
  const arrived = inserted + updated + skipped
  const missing = [
    ignored.length > 0 ? `${ignored.length} file(s) left out` : '',
    conflicts.length > 0 ? `${conflicts.length} conflict(s)` : '',
    rejected.length > 0 ? `${rejected.length} record(s) refused` : '',
  ].filter((part) => part !== '')
  return {
    icon: result.failed || result.interrupted ? '❌' : arrived === 0 && missing.length > 0 ? '⚠️ ' : '✅',
    exitCode: result.interrupted ? 130 : result.failed ? 1 : lost.length > 0 ? 7 : 0,
    missing: missing.length === 0 ? null : `${missing.join(', ')}; see above`,
  }
}

/** The word on a pull that came to its end. */
export function pullVerdict({ count, rejected }: PullResult): Verdict {
  return {
    icon: count === 0 && rejected.length > 0 ? '⚠️ ' : '✅',
    exitCode: 0,
    missing: rejected.length === 0 ? null : `${rejected.length} record(s) refused; see above`,
  }
}
