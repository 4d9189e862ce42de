import { defineCommand, RUN_ID_OPTION, readRunId, untilText } from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { CONFLICT_JSON, readSeconds } from './options.js'
import type { Reserved } from './reserve.js'
import { conflictText, misspeltText } from './texts.js'

const OPERATIONS = ['rename', 'move', 'modify', 'extract', 'delete']
const DEFAULT_TTL_SECONDS = 3600

export const reserveCommand = defineCommand({
  name: 'reserve',
  summary: 'Say which addresses a run is about to touch.',
  description: `Writes a reservation, and tells what other runs hold of it. A reservation is advisory:
it warns and keeps nobody from writing. With --deny a conflict refuses it, and nothing is written.
${ADDRESS_HELP}
It ends after --ttl, later when \`heartbeat\` extends it, at once with \`release\`.`,
  arguments: '<address...>',
  options: [
    RUN_ID_OPTION,
    { flag: '--ttl <time>', description: 'How long it lasts: seconds, or 5m, 2h (default 1h).' },
    { flag: '--op <operation>', description: `What will be done: ${OPERATIONS.join(', ')}.` },
    { flag: '--depends-on <id>', description: 'Reservations that must end before.', multiple: true },
    { flag: '--branch <name>', description: 'The branch (default: the one that is checked out).' },
    { flag: '--deny', description: 'Refuse when another run holds any of it: exit 6, and nothing is written.' },
  ],
  examples: [
    'reserve src/parser.ts::Parser --run-id agent-7 --op modify --json',
    'reserve "src/**" docs/ --run-id agent-7 --ttl 600 --deny',
    'reserve src/b.ts --run-id agent-8 --depends-on 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10',
  ],
  json: [
    'status          ok; held: refused with --deny',
    'reservation_id  for `heartbeat` and `release`; null when refused, like created_at and expires_at',
    'run_id, branch, addresses, operation, created_at, expires_at, depends_on  as written',
    'advisory        true without --deny: conflicts are warnings',
    `conflicts       ${CONFLICT_JSON}; until null: until it is released`,
    'misspelt        [{address, nearest}] paths that are not there, beside one that nearly is',
  ],
  exitCodes: {
    0: 'reserved, with conflicts or without',
    4: 'a reservation of --depends-on does not exist',
    6: 'refused with --deny: another run holds some of it',
  },
  async run(call) {
    const { flags, output } = call
    const runId = readRunId(call)
    const ttlSeconds = readSeconds(flags, 'ttl', DEFAULT_TTL_SECONDS)
    const operation = flags.oneOf('op', OPERATIONS) ?? null
    const { reserve } = await import('./reserve.js')
    const reserved = await reserve(await call.session(), {
      addresses: call.arguments,
      runId,
      branch: flags.text('branch'),
      operation,
      ttlSeconds,
      dependsOn: flags.list('depends-on'),
      deny: flags.on('deny'),
    })
    for (const { address, nearest } of reserved.misspelt) output.note(misspeltText(address, nearest))
    return {
      result: reserved,
      text: textOf(reserved, output.columns),
      exitCode: reserved.status === 'held' ? 6 : 0,
    }
  },
})

function textOf({ status, reservationId, addresses, expiresAt, conflicts }: Reserved, columns: number): string {
  const what = addresses.join(' ')
  if (status === 'held') return `❌ Not reserved: ${what}\n${conflictText(conflicts, columns)}`
  const done = `✅ Reserved ${what} — ${reservationId}, ${untilText(expiresAt)}`
  if (conflicts.length === 0) return done
  return `${done}\n⚠️  Held by other runs too; this is advisory, nobody is kept from writing:\n${conflictText(conflicts, columns)}`
}
