import {
  coordError,
  defineCommand,
  MAX_AGE_OPTION,
  RESUME_OPTION,
  RUN_ID_OPTION,
  readRunId,
  untilText,
} from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { CONFLICT_JSON, readSeconds } from './options.js'
import type { Reserved } from './reserve.js'
import { conflictText, heldCure, misspeltText } from './texts.js'

const OPERATIONS = ['rename', 'move', 'modify', 'extract', 'delete']
const DEFAULT_TTL_SECONDS = 3600

export const reserveCommand = defineCommand({
  name: 'reserve',
  summary: 'Say which addresses a run is about to touch.',
  moment: 'before_edit',
  description: `Writes a reservation, and tells what other runs hold of it. Without --deny it is advisory: it warns and keeps nobody
from writing. With --deny the run has it alone: of any number that ask at once, on all machines, exactly the first gets it, and
the others are refused until it ends. The hub decides where there is one; without it the runs of this machine take turns.
${ADDRESS_HELP}
It ends after --ttl, later when \`heartbeat\` extends it or it is reserved again, at once with \`release\`.`,
  arguments: '<address...>',
  options: [
    RUN_ID_OPTION,
    RESUME_OPTION,
    { flag: '--ttl <time>', description: 'How long it lasts: seconds, or 5m, 2h (default 1h).' },
    { flag: '--op <operation>', description: `What will be done: ${OPERATIONS.join(', ')}.` },
    { flag: '--depends-on <id>', description: 'Reservations that must end before.', multiple: true },
    { flag: '--branch <name>', description: 'The branch (default: the one that is checked out).' },
    { flag: '--deny', description: 'Have it alone, or be refused (exit 6) when another run holds any of it.' },
    { flag: '--wait', description: 'With --deny: wait for what others have, in the order of arrival.' },
    { flag: '--timeout <time>', description: 'With --wait: how long; seconds, or 5m, 2h (default: no bound).' },
    {
      flag: '--offline',
      description: 'With --deny: do not ask the hub, which may say later that another run was first.',
    },
    MAX_AGE_OPTION,
  ],
  examples: [
    'reserve src/parser.ts::Parser --run-id agent-7 --op modify --json',
    'reserve "src/**" docs/ --run-id agent-7 --ttl 600 --deny',
    'reserve src/b.ts --run-id agent-8 --depends-on 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10',
  ],
  json: [
    'status          ok; held: refused with --deny; namesake: by a run of the same name in another place',
    'reservation_id  for `heartbeat` and `release`; null when refused, like created_at and expires_at',
    'run_id, branch, addresses, operation, created_at, expires_at, depends_on  as written',
    'advisory        true without --deny: conflicts are warnings',
    'renewed         the run had it already, so that only its end has moved',
    'provisional     held without the hub that will decide; `sync watch` settles it',
    `conflicts       ${CONFLICT_JSON}; until null: until it is released`,
    'hint            when refused: what can be done about it; else null',
    'misspelt        [{address, nearest}] paths that are not there, beside one that nearly is',
  ],
  exitCodes: {
    0: 'reserved, with conflicts or without',
    1: 'bad arguments; with --deny: a record is broken that may hold some of it',
    4: 'a reservation of --depends-on does not exist',
    6: 'refused with --deny: another run holds some of it',
    7: 'with --deny: its end had passed before it could be told to be held',
    8: 'with --wait: it did not come within --timeout',
  },
  async run(call) {
    const { flags, output } = call
    const runId = readRunId(call)
    const ttlSeconds = readSeconds(flags, 'ttl', DEFAULT_TTL_SECONDS)
    const operation = flags.oneOf('op', OPERATIONS) ?? null
    if (flags.on('wait') && !flags.on('deny')) throw coordError('ARGUMENTS', '--wait is for --deny.')
    const { reserve } = await import('./reserve.js')
    const reserved = await reserve(await call.session(), {
      addresses: call.arguments,
      runId,
      branch: flags.text('branch'),
      operation,
      ttlSeconds,
      dependsOn: flags.list('depends-on'),
      deny: flags.on('deny'),
      isOffline: flags.on('offline'),
      wait: flags.on('wait'),
      timeoutSeconds: flags.duration('timeout', { min: 0 }),
      resume: flags.on('resume'),
    })
    for (const { address, nearest } of reserved.misspelt) output.note(misspeltText(address, nearest))
    return {
      result: { ...reserved, hint: hintOf(reserved) },
      text: textOf(reserved, output.columns),
      exitCode: reserved.status === 'ok' ? 0 : 6,
    }
  },
})

function hintOf({ status, conflicts }: Reserved): string | null {
  if (status === 'ok') return null
  return status === 'held' ? heldCure(conflicts) : coordError('NAMESAKE', '', '').hint
}

function textOf(reserved: Reserved, columns: number): string {
  const { status, reservationId, runId, addresses, expiresAt, conflicts, renewed, advisory, provisional } = reserved
  const what = addresses.join(' ')
  const met = conflictText(conflicts, columns)
  const cure = `   ${hintOf(reserved)}`
  if (status === 'held') return `❌ Not reserved: ${what}\n${met}\n${cure}`
  if (status === 'namesake')
    return `❌ Not reserved: ${what}; another run is called ${runId} too, in another place\n${met}\n${cure}`
  const alone = advisory ? '' : ' for this run alone'
  const done = `✅ ${renewed ? 'Renewed' : 'Reserved'} ${what}${alone} — ${reservationId}, ${untilText(expiresAt)}`
  const lines = provisional ? [done, '⚠️  Provisional: the hub has yet to say whether another run was first.'] : [done]
  if (conflicts.length > 0)
    lines.push(`⚠️  Held by other runs too; this is advisory, nobody is kept from writing:\n${met}`)
  return lines.join('\n')
}
