import { settleOpenHolds } from '../../sync/holding/exclusive-holds.js'
import type { PushResult } from '../../sync/push/push.js'
import { pushVerdict, type Verdict } from '../../sync/verdict.js'
import { defineCommand } from '../command.js'
import type { Output } from '../output.js'
import { nameLeftOut } from './name-left-out.js'
import { KINDS_OPTION, SYNC_EXIT_CODES, SYNC_OPTIONS } from './options.js'

export const syncPush = defineCommand({
  name: 'sync push',
  summary: 'Send what this workspace wrote.',
  moment: 'working',
  description: `Sends the records under .muse/coordination/ that the hub is not known to hold, in batches that are signed with this
machine's identity. A batch that fails does not stop the next. What the hub does not take is named: conflicts (it has
something else under that id), rejected (it takes nothing like it) and ignored (files that hold no record). Where nothing
is new the hub is asked who it is: one that was replaced or restored gets everything again.`,
  options: [
    ...SYNC_OPTIONS,
    KINDS_OPTION,
    { flag: '--recheck', description: 'Ask the hub about every record, also those it is known to hold.' },
  ],
  examples: [
    'sync push --json',
    'sync push --owner gabriel --slug myrepo -j | jq .inserted',
    'sync push --kinds reservation intent -j',
    'sync push --recheck',
  ],
  json: [
    'space           owner/slug',
    'inserted        new at the hub',
    'updated         registers and leases that changed there',
    'skipped         what the hub already has, asked or known',
    'total           local records that could be sent',
    'failed          whether a batch failed, the hub refused a record, or a kind cannot be used',
    'interrupted     whether Ctrl-C ended it; what was acknowledged is recorded',
    'errors          [sentence] one for each batch that failed and each kind that cannot be used',
    'hints           [sentence] what to do about each of errors, in the same order',
    'conflicts       [{kind, record_id, reason: different_content|held|not_author|stale, holder: {run_id, expires_at, token}|null}]',
    'rejected        [{kind, record_id, reason}] what the hub takes nothing like',
    'ignored         [{path, reason}] local files that were left out, and directories that belong to no kind',
    'warnings        [{path, reason}] local files that break the schema of their kind; they are sent',
    'leases          [{kind, record_id, token, expires_at}] the leases this push got or kept',
    'lost            [{kind, record_id, run_id, holder: {run_id, expires_at}|null}] leases of this workspace that others have',
  ],
  exitCodes: {
    ...SYNC_EXIT_CODES,
    0: 'everything is at the hub, or was named: files left out, conflicts',
    1: 'bad arguments, no identity, a batch failed, the hub refused a record, or a kind cannot be used',
    7: 'a lease of this workspace is lost',
  },
  async run(call) {
    const { flags, output } = call
    const { push } = await import('../../sync/push/push.js')
    const session = await call.session()
    /** The last that was told: of several batches that fail alike it is told once. */
    let cure = ''
    const result = await push(session, {
      kinds: flags.list('kinds'),
      recheck: flags.on('recheck'),
      meetHub: true,
      onProgress: ({ sent }) => output.progress(`Pushed ${sent} record(s) …`),
      onError(message, hint) {
        output.note(`❌ ${message}`)
        if (hint !== cure) output.note(`   ${hint}`)
        cure = hint
      },
    })
    // What was held without the hub is put to it now.
    const settled = result.failed ? [] : await settleOpenHolds(session)
    for (const { kind, recordId, runId, winner } of settled) {
      const holder = winner && { runId: winner.runId, expiresAt: winner.until }
      result.lost.push({ kind, recordId, runId, holder })
    }
    nameRefused(result, output)
    const verdict = pushVerdict(result)
    return { result, text: textOf(result, verdict), exitCode: verdict.exitCode }
  },
})

/** By reason; a hub of another make may have more. */
const CONFLICT_CURES: Readonly<Record<string, string>> = {
  different_content:
    'The hub keeps what it had first: `muse-coord sync pull` brings that; write yours under another id.',
  held: 'Another run has it: `muse-coord status` says who and until when; `muse-coord wait ID` waits.',
  not_author: 'Only its author or the owner of the space changes it: write yours under another id.',
  stale: 'It was changed meanwhile: `muse-coord sync pull` brings how; write yours anew.',
}

/** What a hub says of a kind that somebody's push has given another merge rule than this one declares. */
const MISRULED = /^kind .* has the merge rule .* the push declares "(\w+)"$/

/** Says what did not arrive, a line each. */
function nameRefused({ ignored, warnings, conflicts, rejected, lost }: PushResult, output: Output): void {
  const name = ({ kind, recordId }: { kind: string; recordId: string }) => `${kind}/${recordId}`
  nameLeftOut(
    output,
    'left out',
    ignored.map(({ path, reason }) => ({ name: path, reason })),
  )
  nameLeftOut(
    output,
    'sent as it is',
    warnings.map(({ path, reason }) => ({ name: path, reason })),
  )
  nameLeftOut(
    output,
    'refused',
    rejected.map((record) => ({ name: name(record), reason: record.reason })),
  )
  const rules = new Map(
    rejected.flatMap(({ kind, reason }) => [...(MISRULED.exec(reason) ?? [])].slice(1).map((rule) => [kind, rule])),
  )
  for (const [kind, rule] of rules) {
    output.note(
      `   Correct its plugin, or have the owner of the space put the rule right: \`muse-coord space kind ${kind} --merge ${rule}\`.`,
    )
  }
  const others = rejected.filter(({ reason }) => !MISRULED.test(reason))
  if (others.length > 0) output.note('   Correct them in their files, and push again; nothing else waits for them.')
  nameLeftOut(
    output,
    'conflict',
    conflicts.map(({ reason, holder, ...record }) => {
      const until = holder?.expiresAt ? ` until ${holder.expiresAt}` : ''
      return { name: name(record), reason: holder === null ? reason : `${reason} by ${holder.runId}${until}` }
    }),
  )
  for (const reason of new Set(conflicts.map(({ reason }) => reason))) {
    const cure = CONFLICT_CURES[reason]
    if (cure !== undefined) output.note(`   ${cure}`)
  }
  for (const { kind, recordId, runId } of lost) {
    output.note(
      `⚠️  the run ${runId} has lost ${kind}/${recordId}: its record is taken out, and its work on it should stop`,
    )
  }
}

function textOf(result: PushResult, { icon, missing }: Verdict): string {
  const { total, space, inserted, updated, skipped, conflicts, rejected, durationMs } = result
  const counts = [`inserted: ${inserted}`, `skipped: ${skipped}`]
  if (updated > 0) counts.push(`updated: ${updated}`)
  if (conflicts.length > 0) counts.push(`conflicts: ${conflicts.length}`)
  if (rejected.length > 0) counts.push(`rejected: ${rejected.length}`)
  const seconds = (durationMs / 1000).toFixed(3)
  const line =
    total === 0 && !result.failed
      ? '(no local coordination records to push)'
      : `${icon} Pushed ${total} record(s) to ${space} — ${counts.join(', ')} (${seconds}s)`
  return missing === null ? line : `${line}\n⚠️  ${missing}`
}
