import { MAX_PAGE } from '../../record/protocol.js'
import type { PullResult } from '../../sync/pull/pull.js'
import { pullVerdict } from '../../sync/verdict.js'
import { defineCommand } from '../command.js'
import { nameLeftOut } from './name-left-out.js'
import { KINDS_OPTION, SYNC_EXIT_CODES, SYNC_OPTIONS } from './options.js'

export const syncPull = defineCommand({
  name: 'sync pull',
  summary: 'Fetch what the others wrote.',
  moment: 'working',
  description: `Fetches records from the hub and writes each to .muse/coordination/remote/<kind>/<record_id>.json.
A pull goes on where the last one ended; the cursor is kept for every hub, space and kind. What was deleted under
remote/ since is fetched again.
Private spaces need an identity that is a member; public ones can be pulled by anyone.`,
  options: [
    ...SYNC_OPTIONS,
    { flag: '--since-id <n>', description: 'Return what has an id above N (0: all) instead of going on.' },
    KINDS_OPTION,
    { flag: '--limit <n>', description: `The most records this call takes, 1–${MAX_PAGE} (default 500).` },
    { flag: '--recheck', description: 'Fetch everything of these kinds from the start, whatever was pulled before.' },
    { flag: '--all', description: 'Go on to the end; --limit is then the size of a page.' },
  ],
  examples: [
    'sync pull --json',
    'sync pull --owner gabriel --slug myrepo -j | jq .cursor',
    'sync pull --kinds reservation heartbeat --all',
    'sync pull --since-id 42 --kinds task,claim -j',
  ],
  json: [
    'count           records that came and are here: the length of records',
    'space           owner/slug',
    'cursor          everything up to this id is here; --since-id for a next call; never goes back',
    'records         [{id, kind, record_id, run_id, payload, expires_at, author, token, received_at}] as the hub sent them',
    'written         files that were new or changed',
    'unchanged       files that held the same already',
    'rejected        [{kind, record_id, reason}] what came and was not written',
    'ignored         [{path, reason}] directories under remote/ whose kind no plugin here registers',
    'has_more        the hub has more than this call took',
    'started_over    the hub was replaced, restored, or has removed old records that were never seen here: all was pulled anew',
    'tidied          files removed here, because their records are over for longer than keep_finished of the settings',
    'fetched_again   [kind] fetched from the start: files of it had been deleted under remote/, or --recheck asked for it',
  ],
  exitCodes: { ...SYNC_EXIT_CODES, 0: 'pulled; no record at all is a success too' },
  async run(call) {
    const { flags, output } = call
    const sinceId = flags.integer('since-id', { min: 0 })
    const limit = flags.integer('limit', { min: 1, max: MAX_PAGE })
    const { pull } = await import('../../sync/pull/pull.js')
    const result = await pull(await call.session(), {
      kinds: flags.list('kinds'),
      sinceId,
      limit,
      recheck: flags.on('recheck'),
      all: flags.on('all'),
      keepRecords: output.json,
      onProgress: ({ count, cursor }) => output.progress(`Pulled ${count} record(s), cursor ${cursor} …`),
    })
    nameLeftOut(
      output,
      'refused',
      result.rejected.map(({ kind, recordId, reason }) => ({ name: `${kind}/${recordId}`, reason })),
    )
    if (result.rejected.length > 0)
      output.note('   They were not written here; whoever wrote them has to correct them.')
    nameLeftOut(
      output,
      'unread',
      result.ignored.map(({ path, reason }) => ({ name: path, reason })),
    )
    // As the hub sent them, and in no spelling of ours.
    const { recordTexts, ...told } = result
    return { result: { ...told, records: recordTexts }, text: textOf(result) }
  },
})

function textOf(result: PullResult): string {
  const { count, space, cursor, durationMs, written, hasMore, fetchedAgain, tidied } = result
  const { icon, missing } = pullVerdict(result)
  const seconds = (durationMs / 1000).toFixed(3)
  const lines = [`${icon} Pulled ${count} new record(s) from ${space} — cursor: ${cursor} (${seconds}s)`]
  if (written > 0) lines.push(`   Records written to .muse/coordination/remote/`)
  if (fetchedAgain.length > 0) lines.push(`   Fetched from the start: ${fetchedAgain.join(', ')}`)
  if (tidied > 0) lines.push(`   Removed ${tidied} file(s) of records that are over for long`)
  if (missing !== null) lines.push(`⚠️  ${missing}`)
  if (hasMore) lines.push('   There is more: pull again, or once with --all')
  return lines.join('\n')
}
