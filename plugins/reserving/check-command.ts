import { defineCommand, MAX_AGE_OPTION, namedRun } from '../../src/plugin.js'
import { ADDRESS_HELP } from '../addresses/read-addresses.js'
import { answerOf } from './check-answer.js'
import { CONFLICT_JSON } from './options.js'
import { misspeltText } from './texts.js'

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Tell whether addresses are free, before an edit.',
  moment: 'before_edit',
  description: `Reads only, asks no hub and is fast: made for a hook that runs before each edit. It looks at what runs hold by
records of any kind, and knows what other machines hold as of the last \`sync pull\`.
${ADDRESS_HELP}`,
  arguments: '<address...>',
  options: [
    { flag: '--run-id <id>', description: 'The run that asks: what it holds itself does not count.' },
    MAX_AGE_OPTION,
  ],
  examples: [
    'check src/parser.ts --run-id agent-7 --json',
    'check "src/**" || echo "somebody is at it"',
    'check "$FILE" --run-id "$RUN_ID" --json | jq -r ".holders[].run_id"',
  ],
  json: [
    'status          free, held; unknown: not known to be held, but not all could be read, or it was never pulled from the hub',
    'addresses       as understood, from the top of the working tree',
    'outside         what lies outside of the repository: nobody can hold it',
    'misspelt        [{address, nearest}] paths that are not there, beside one that nearly is',
    `holders         ${CONFLICT_JSON}; until null: until it is given back; the first thousand`,
    'more_holders    how many more there are of them',
    'hint            when held or unknown: what can be done about it; else null',
    'unread          [{path, reason}] what could not be read: others may hold more than is known',
  ],
  exitCodes: { 0: 'free', 1: 'unknown', 6: 'held by another run' },
  async run(call) {
    const runId = namedRun(call)?.runId ?? null
    const { check } = await import('./check.js')
    const checked = check(await call.session(), { addresses: call.arguments, runId })
    for (const { address, nearest } of checked.misspelt) call.output.note(misspeltText(address, nearest))
    for (const { path, reason } of checked.unread) call.output.note(`⚠️  cannot tell all: ${path} ${reason}`)
    return answerOf(checked, call.output.columns)
  },
})
