import { type Command, coordError, defineCommands, readRunId, startTimer } from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { intent } from './intent.js'
import { CONFLICT_JSON, EXIT_CODES, RUN_ID_OPTION, readOperation, readSeconds } from './options.js'
import { conflictText } from './texts.js'

const OPERATIONS = ['rename', 'move', 'modify', 'extract', 'delete', 'inline', 'split', 'merge', 'refactor']
const DEFAULT_TTL_SECONDS = 3600

const intentCommand: Command = {
  name: 'intent',
  summary: 'Say what a run intends to do with addresses.',
  description: `Writes an intent, alone or for a reservation, so that \`forecast\` on every machine can tell which operations will meet.
${ADDRESS_HELP}`,
  arguments: '<address...>',
  options: [
    RUN_ID_OPTION,
    { flag: '--op <operation>', description: `What will be done: ${OPERATIONS.join(', ')}.` },
    { flag: '--detail <text>', description: 'In words.' },
    { flag: '--reservation-id <id>', description: 'The reservation it belongs to.' },
    { flag: '--branch <name>', description: 'The branch (default: the one in .muse/HEAD).' },
    { flag: '--ttl <seconds>', description: `How long it counts (default ${DEFAULT_TTL_SECONDS}).` },
  ],
  examples: [
    'intent src/parser.ts::Parser --op rename --detail "to Reader" --run-id agent-7 --json',
    'intent src/a.ts --op delete --run-id agent-7 --reservation-id 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10',
  ],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'intent_id, reservation_id, run_id, branch, addresses, operation, detail, created_at, expires_at  as written',
    `conflicts       what other runs have reserved of it: ${CONFLICT_JSON}`,
  ],
  exitCodes: {
    ...EXIT_CODES,
    0: 'written, with conflicts or without',
    4: 'there is no such reservation',
    6: 'it is the reservation of another run',
  },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags, output } = call
    const runId = readRunId(flags)
    const operation = readOperation(flags, OPERATIONS)
    if (operation === null) throw coordError('FLAG_MISSING', '--op')
    const ttlSeconds = readSeconds(flags, 'ttl', DEFAULT_TTL_SECONDS)
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
      result: { schemaVersion: '1', durationMs: elapsedMs(), ...declared },
      text: conflicts.length === 0 ? done : `${done}\n⚠️  Held by:\n${conflictText(conflicts, output.columns)}`,
    }
  },
}

export default defineCommands(intentCommand)
