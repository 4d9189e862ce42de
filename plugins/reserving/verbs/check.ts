import { type Command, defineCommands, readRunId, startTimer } from '../../../src/plugin.js'
import { ADDRESS_HELP, readAddresses } from '../../addresses/read-addresses.js'
import { conflictText } from '../conflict-text.js'
import { findConflicts } from '../conflicts.js'
import { readHoldings } from '../holding.js'
import { CONFLICT_JSON, EXIT_CODES } from '../verb-parts.js'

/** What says who holds what. */
const READ_KINDS = ['reservation', 'heartbeat', 'release']

const check: Command = {
  name: 'check',
  summary: 'Tell whether addresses are free, before an edit.',
  description: `Reads only, asks no hub and is fast: made for a hook that runs before each edit. It knows what other machines reserved as
of the last \`sync pull\`.
${ADDRESS_HELP}`,
  arguments: '<address...>',
  options: [{ flag: '--run-id <id>', description: 'The run that asks: its own reservations do not count.' }],
  examples: [
    'check src/parser.ts --run-id agent-7 --json',
    'check "src/**" || echo "somebody is at it"',
    'check "$FILE" --run-id "$RUN_ID" --json | jq -r ".holders[].run_id"',
  ],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'status          free, held',
    'addresses       as understood, from the root of the repository',
    `holders         ${CONFLICT_JSON}; until null: until it is released`,
    'unread          [{path, reason}] what could not be read: others may hold more than is known',
  ],
  exitCodes: { ...EXIT_CODES, 0: 'free', 6: 'held by another run' },
  async run(call) {
    const elapsedMs = startTimer()
    const runId = call.flags.text('run-id') === undefined ? null : readRunId(call.flags)
    const workspace = (await call.session()).workspace
    const addresses = readAddresses(call, workspace)
    const holders = findConflicts(readHoldings(workspace), addresses, runId)
    const isFree = holders.length === 0
    const unread = READ_KINDS.flatMap((kind) => workspace.view.problems(kind))
    for (const { path, reason } of unread) call.output.note(`⚠️  cannot tell all: ${path} ${reason}`)
    return {
      result: {
        schemaVersion: '1',
        durationMs: elapsedMs(),
        status: isFree ? 'free' : 'held',
        addresses,
        holders,
        unread,
      },
      text: isFree ? `✅ Free: ${addresses.join(' ')}` : `❌ Held:\n${conflictText(holders, call.output.columns)}`,
      exitCode: isFree ? 0 : 6,
    }
  },
}

export default defineCommands(check)
