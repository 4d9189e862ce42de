import { untilText } from '../../base/end-text.js'
import type { TakenBack } from '../../sync/leaving/take-back.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

export const spaceRelease = defineCommand({
  name: 'space release',
  summary: 'Take back what anybody holds in a space.',
  moment: 'set_up',
  description: `Ends a reservation, a claim or whatever else is held, named by what is held (an address, a task) or by its id, whoever holds
it and whether or not its run is alive. Only the owner of the space may. The hub decides and notes it in its log (\`space log\`); the run
that has lost it is told with its next command, and may work on until then.`,
  arguments: '<held...>',
  takesAway: true,
  options: [...SYNC_OPTIONS, { flag: '--reason <text>', description: 'Why, for those who look at the log.' }],
  examples: ['space release src/parser.ts --reason "ada is on holiday"', 'space release build-1 --json'],
  json: [
    'released  [{kind, record_id, what, run_id, author, believed_until}]',
    '          believed_until: until when its run may go on believing that it has it',
  ],
  exitCodes: {
    ...SYNC_EXIT_CODES,
    4: 'nobody holds it',
    6: 'it was changed meanwhile, or its kind knows no way to end it',
  },
  async run(call) {
    const { takeBack } = await import('../../sync/leaving/take-back.js')
    const reason = call.flags.text('reason') ?? null
    const released = await takeBack(await call.session(), { names: call.arguments, reason })
    return { result: { released }, text: released.map(takenText).join('\n') }
  },
})

function takenText({ kind, recordId, what, runId, author, believedUntil }: TakenBack): string {
  const whose = author === null ? runId : `${runId} (${author})`
  return `✅ Took the ${kind} ${recordId} — ${what.join(' ')} from ${whose}; it may believe that it has it ${untilText(believedUntil)}`
}
