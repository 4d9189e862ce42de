import { oneLine } from '../../base/printable.js'
import type { GcResult } from '../../sync/gc.js'
import { defineCommand } from '../command.js'
import { table } from '../table.js'

export const gc = defineCommand({
  name: 'gc',
  summary: 'Remove records that are over for long.',
  moment: 'operate',
  takesAway: true,
  description: `Removes the files of records that have been over for longer than --older-than, own ones and those under remote/. What is
over, each kind says: a reservation when it was released or has lapsed, extensions counted; a release with its reservation;
a record that never lapses stays. What no hub is known to have stays too, whatever its age.
A pull does a part of it each time: [coord] keep_finished = "7d" in the settings says how long such files stay, "forever"
that a pull removes none.`,
  options: [
    { flag: '--older-than <time>', description: 'Seconds, or 12h, 7d, 2w (default 7d).' },
    { flag: '--dry-run', description: 'Say what would be removed, and remove nothing.' },
  ],
  examples: ['gc --dry-run --json', 'gc --older-than 12h'],
  json: [
    'dry_run         nothing was removed',
    'older_than_seconds  as given',
    'removed         [{kind, record_id, run_id, origin: local|remote, ended_at, file}]',
    'unsent          the same shape: over as long, but kept, because no hub is known to have it',
    'problems        [{path, reason}] kinds that could not say what is over, as in `status`',
  ],
  exitCodes: {
    0: 'done, also when there was nothing to remove',
    1: 'bad arguments, or a file that could not be removed',
  },
  async run({ flags, output, session }) {
    const olderThanSeconds = flags.duration('older-than', { min: 0 })
    const { gc } = await import('../../sync/gc.js')
    const result = await gc(await session(), { olderThanSeconds, dryRun: flags.on('dry-run') })
    return { result, text: textOf(result, output.columns) }
  },
})

function textOf({ removed, unsent, problems, dryRun }: GcResult, columns: number): string {
  const lines = [`✅ ${dryRun ? 'Would remove' : 'Removed'} ${removed.length} file(s)`]
  if (unsent.length > 0) lines.push(`   ${unsent.length} more are as old, but unsent: \`muse-coord sync push\` first`)
  lines.push(...problems.map(({ path, reason }) => oneLine(`⚠️  kept in ${path}: ${reason}`)))
  if (dryRun && removed.length > 0) {
    const rows = removed.map(({ kind, recordId, runId, origin, endedAt }) => [kind, recordId, runId, origin, endedAt])
    lines.push(table([['KIND', 'RECORD', 'RUN', 'ORIGIN', 'OVER SINCE'], ...rows], columns))
  }
  return lines.join('\n')
}
