import { defineCommand } from '../command.js'
import { RESUME_OPTION, RUN_ID_OPTION, readRunId } from '../run-id.js'
import { SYNC_OPTIONS } from '../sync/options.js'

export const leave = defineCommand({
  name: 'leave',
  summary: 'Say goodbye: give back all that a run holds.',
  moment: 'done',
  description: `Gives back what the run holds, by records of every kind: reservations, tasks, what plugins add. Then it is "left" in \`status\`,
and nobody waits for it any more. What a session's subagents hold goes with the session. To leave twice is no error.`,
  options: [
    RUN_ID_OPTION,
    RESUME_OPTION,
    { flag: '--reason <text>', description: 'Why, for those who go on with the work.' },
    { flag: '--offline', description: 'Do not ask the hub: the next `sync push` tells it.' },
    ...SYNC_OPTIONS,
  ],
  examples: ['leave --run-id agent-7 --json', 'leave --reason "half done, see branch agent-7"'],
  json: [
    'run_id          as given',
    'given_back      [{kind, record_id, what, run_id, status: given_back|lost|finished|kept}] kept: only time ends it',
    'known           whether anybody had heard of the run',
  ],
  exitCodes: { 0: 'it has left, now or before', 6: 'the run of this name works in another place (status: namesake)' },
  async run(call) {
    const { flags } = call
    const runId = readRunId(call)
    const { leave } = await import('../../sync/leaving/leave.js')
    const left = await leave(await call.session(), {
      ...{ runId, reason: flags.text('reason') ?? null, isOffline: flags.on('offline'), resume: flags.on('resume') },
    })
    const lines = left.givenBack.map(
      ({ kind, what, status }) => `   ${status.replace('_', ' ')}: ${kind} ${what.join(' ')}`,
    )
    return { result: left, text: [`✅ ${runId} has left`, ...lines].join('\n') }
  },
})
