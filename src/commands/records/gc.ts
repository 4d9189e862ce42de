import { startTimer } from '../../base/timer.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { CollectedFile } from '../../sync/collect-garbage.js'

import type { Command } from '../command.js'
import { readDuration } from '../duration.js'
import { table } from '../table.js'

const DEFAULT_SECONDS = 7 * 24 * 3600

export const gc: Command = {
  name: 'gc',
  summary: 'Remove records that are over for long.',
  description: `Removes the files of records that have been over for longer than --older-than, own ones and those under remote/. What is
over, each kind says: a reservation when it was released or has lapsed, extensions counted; a release with its reservation;
a record that never lapses stays. What no hub is known to have stays too, whatever its age.`,
  options: [
    { flag: '--older-than <time>', description: 'Seconds, or a number with s, m, h, d or w (default 7d).' },
    { flag: '--dry-run', description: 'Say what would be removed, and remove nothing.' },
  ],
  examples: ['gc --dry-run --json', 'gc --older-than 12h'],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'dry_run         nothing was removed',
    'older_than_seconds  as given',
    'removed         [{kind, record_id, run_id, origin: local|remote, ended_at, file}]',
    'unsent          the same shape: over as long, but kept, because no hub is known to have it',
  ],
  exitCodes: {
    0: 'done, also when there was nothing to remove',
    1: 'bad arguments, or a file that could not be removed',
    2: 'not inside a Muse repository',
    3: 'a fault of this program',
  },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags, output } = call
    const olderThanSeconds = readDuration(flags, 'older-than') ?? DEFAULT_SECONDS
    const dryRun = flags.on('dry-run')
    const session = await call.session()
    const { registry, clock } = session
    const { repo, view } = session.workspace
    const [{ collectGarbage }, { findUnsent }] = await Promise.all([
      import('../../sync/collect-garbage.js'),
      import('../../sync/push/unsent.js'),
    ])
    const unsent = await findUnsent(session)
    const now = clock.now()
    const garbage = collectGarbage({ repo, kinds: registry.all, view, now, olderThanSeconds, unsent, dryRun })
    const removed = garbage.removed.map(dated)
    const kept = garbage.unsent.map(dated)
    const result = { schemaVersion: '1', durationMs: elapsedMs(), dryRun, olderThanSeconds, removed, unsent: kept }
    return { result, text: textOf(removed, kept.length, dryRun, output.columns) }
  },
}

type Collected = Omit<CollectedFile, 'endedAt'> & { readonly endedAt: string }

function dated(collected: CollectedFile): Collected {
  return { ...collected, endedAt: formatTimestamp(collected.endedAt) }
}

function textOf(removed: readonly Collected[], unsentCount: number, dryRun: boolean, columns: number): string {
  const lines = [`✅ ${dryRun ? 'Would remove' : 'Removed'} ${removed.length} file(s)`]
  if (unsentCount > 0) lines.push(`   ${unsentCount} more are as old, but unsent: \`muse-coord sync push\` first`)
  if (dryRun && removed.length > 0) {
    const rows = removed.map(({ kind, recordId, runId, origin, endedAt }) => [kind, recordId, runId, origin, endedAt])
    lines.push(table([['KIND', 'RECORD', 'RUN', 'ORIGIN', 'OVER SINCE'], ...rows], columns))
  }
  return lines.join('\n')
}
