import { coordError, defineCommand, RUN_ID_OPTION, readRunId } from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { CONFLICT_JSON, readSeconds } from './options.js'
import { conflictText } from './texts.js'

const OPERATIONS = ['rename', 'move', 'modify', 'extract', 'delete', 'inline', 'split', 'merge', 'refactor']
const DEFAULT_TTL_SECONDS = 3600

export const intentCommand = defineCommand({
  name: 'intent',
  summary: 'Say what a run intends to do with addresses.',
  moment: 'before_edit',
  description: `Writes an intent, alone or for a reservation, so that \`forecast\` on every machine can tell which operations will meet.
${ADDRESS_HELP}`,
  arguments: '<address...>',
  options: [
    RUN_ID_OPTION,
    { flag: '--op <operation>', description: `What will be done: ${OPERATIONS.join(', ')}.` },
    { flag: '--detail <text>', description: 'In words.' },
    { flag: '--reservation-id <id>', description: 'The reservation it belongs to.' },
    { flag: '--branch <name>', description: 'The branch (default: the one that is checked out).' },
    { flag: '--ttl <time>', description: 'How long it counts: seconds, or 5m, 2h (default 1h).' },
  ],
  examples: [
    'intent src/parser.ts::Parser --op rename --detail "to Reader" --run-id agent-7 --json',
    'intent src/a.ts --op delete --run-id agent-7 --reservation-id 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10',
  ],
  json: [
    'intent_id, reservation_id, run_id, branch, addresses, operation, detail, created_at, expires_at  as written',
    `conflicts       what other runs have reserved of it: ${CONFLICT_JSON}`,
  ],
  exitCodes: {
    0: 'written, with conflicts or without',
    4: 'there is no such reservation',
    6: 'it is the reservation of another run',
  },
  async run(call) {
    const { flags, output } = call
    const runId = readRunId(call)
    const operation = flags.oneOf('op', OPERATIONS)
    if (operation === undefined) throw coordError('FLAG_MISSING', '--op')
    const ttlSeconds = readSeconds(flags, 'ttl', DEFAULT_TTL_SECONDS)
    const { intent } = await import('./intent.js')
    const declared = await intent(await call.session(), {
      addresses: call.arguments,
      runId,
      branch: flags.text('branch'),
      operation,
      detail: flags.text('detail') ?? '',
      reservationId: flags.text('reservation-id') ?? '',
      ttlSeconds,
    })
    const { intentId, addresses, conflicts } = declared
    const done = `✅ Intends to ${operation} ${addresses.join(' ')} — ${intentId}`
    return {
      result: declared,
      text: conflicts.length === 0 ? done : `${done}\n⚠️  Held by:\n${conflictText(conflicts, output.columns)}`,
    }
  },
})
