import { type Command, defineCommands, readRunId, startTimer } from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { check } from './check.js'
import { CONFLICT_JSON, EXIT_CODES } from './options.js'
import { conflictText, misspeltText } from './texts.js'

const checkCommand: Command = {
  name: 'check',
  summary: 'Tell whether addresses are free, before an edit.',
  description: `Reads only, asks no hub and is fast: made for a hook that runs before each edit. It looks at what runs hold by
records of any kind, and knows what other machines hold as of the last \`sync pull\`.
${ADDRESS_HELP}`,
  arguments: '<address...>',
  options: [{ flag: '--run-id <id>', description: 'The run that asks: what it holds itself does not count.' }],
  examples: [
    'check src/parser.ts --run-id agent-7 --json',
    'check "src/**" || echo "somebody is at it"',
    'check "$FILE" --run-id "$RUN_ID" --json | jq -r ".holders[].run_id"',
  ],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'status          free, held',
    'addresses       as understood, from the top of the working tree',
    'outside         what lies outside of the repository: nobody can hold it',
    'misspelt        [{address, nearest}] paths that are not there, beside one that nearly is',
    `holders         ${CONFLICT_JSON}; until null: until it is given back`,
    'unread          [{path, reason}] what could not be read: others may hold more than is known',
  ],
  exitCodes: { ...EXIT_CODES, 0: 'free', 6: 'held by another run' },
  async run(call) {
    const elapsedMs = startTimer()
    const runId = call.flags.text('run-id') === undefined ? null : readRunId(call.flags)
    const checked = check(await call.session(), { addresses: call.arguments, runId })
    const { status, addresses, outside, misspelt, holders, unread } = checked
    const isFree = status === 'free'
    for (const { address, nearest } of misspelt) call.output.note(misspeltText(address, nearest))
    for (const { path, reason } of unread) call.output.note(`⚠️  cannot tell all: ${path} ${reason}`)
    return {
      result: { schemaVersion: '1', durationMs: elapsedMs(), ...checked },
      text: isFree
        ? `✅ Free: ${[...addresses, ...outside].join(' ')}`
        : `❌ Held:\n${conflictText(holders, call.output.columns)}`,
      exitCode: isFree ? 0 : 6,
    }
  },
}

export default defineCommands(checkCommand)
