import { defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, SYNC_OPTIONS } from '../../src/plugin.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from './options.js'
import { endedText } from './texts.js'

export const withdrawCommand = defineCommand({
  name: 'withdraw',
  summary: 'Take back a task that you have enqueued.',
  moment: 'working',
  takesAway: true,
  description: `Ends a task for good without its being done: nobody claims it, and tasks that wait for it are blocked. Only who has enqueued
it may, and the owner of the space; a task that another run is at stays. \`enqueue --replaces\` puts another one in its place.`,
  arguments: '<task>',
  options: [
    RUN_ID_OPTION,
    { flag: '--reason <text>', description: 'Why, for whoever looks for it.' },
    RESUME_OPTION,
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: ['withdraw 0b9d1c1e --run-id agent-7 --reason "done by hand" --json'],
  json: [
    'task_id, run_id, status: withdrawn',
    'ended_at        when it was recorded first',
    'result, error   error: the reason; null where there is none',
    'unchanged       it was withdrawn before, so nothing was written',
    'provisional     the hub was not asked (--offline)',
    'space           owner/slug of the space that has it; null: this machine alone',
  ],
  exitCodes: TASK_EXIT_CODES,
  async run(call) {
    const { flags } = call
    const { withdraw } = await import('./withdraw.js')
    const ended = await withdraw(await call.session(), {
      ...{ runId: readRunId(call), task: call.arguments[0], reason: flags.text('reason') },
      ...{ isOffline: flags.on('offline'), resume: flags.on('resume') },
    })
    return { result: ended, text: endedText(ended) }
  },
})
