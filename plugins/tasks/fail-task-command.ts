import { defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, SYNC_OPTIONS } from '../../src/plugin.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from './options.js'
import { endedText } from './texts.js'

export const failCommand = defineCommand({
  name: 'fail-task',
  summary: 'Record that a task failed, or give it back.',
  moment: 'done',
  description: `Records that the task which a run claimed has failed, for good: it is never claimed again, and tasks that wait for it are
blocked. With --retry the run gives it back instead: any run can claim it again at once.`,
  arguments: '<task>',
  options: [
    RUN_ID_OPTION,
    { flag: '--error <text>', description: 'What went wrong.' },
    { flag: '--result <json>', description: 'What the work came to nevertheless, as JSON.' },
    { flag: '--retry', description: 'Give the task back, so that it can be claimed again at once.' },
    RESUME_OPTION,
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    'fail-task 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --error "tests fail" --json',
    'fail-task 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --retry',
  ],
  json: [
    'task_id, run_id',
    'status          failed; returned with --retry',
    'given_up        given back from the last try that it may have, so it has failed',
    'ended_at        when it was recorded first',
    'result, error   as recorded; null where there is none',
    'unchanged       it had failed before, so nothing was written',
    'provisional     the hub was not asked (--offline)',
    'space           owner/slug of the space that has it; null: this machine alone',
  ],
  exitCodes: TASK_EXIT_CODES,
  async run(call) {
    const { flags } = call
    const [task] = call.arguments
    const result = flags.json('result')
    const { fail } = await import('./complete.js')
    const ended = await fail(await call.session(), {
      ...{ runId: readRunId(call), task, result, error: flags.text('error') },
      ...{ retry: flags.on('retry'), isOffline: flags.on('offline'), resume: flags.on('resume') },
    })
    return { result: ended, text: endedText(ended) }
  },
})
