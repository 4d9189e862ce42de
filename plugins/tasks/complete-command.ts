import { defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, SYNC_OPTIONS } from '../../src/plugin.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from './options.js'
import { endedText } from './texts.js'

export const completeCommand = defineCommand({
  name: 'complete',
  summary: 'Record that a task is done.',
  moment: 'done',
  description: `Records that the task which a run claimed is completed, for good: it is never claimed again, and tasks that wait for it
go on. With a hub configured it is asked first, so that a run that lost the task meanwhile learns it (exit 7). A second call says the
same again.`,
  arguments: '<task>',
  options: [
    RUN_ID_OPTION,
    { flag: '--result <json>', description: 'What the work came to, as JSON.' },
    RESUME_OPTION,
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    `complete 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --result '{"commit": "4a0e9f9"}' --json`,
    'complete 0b9d --run-id agent-7 --offline',
  ],
  json: [
    'task_id, run_id, status: completed',
    'ended_at        when it was recorded first',
    'result, error   as recorded; null where there is none',
    'unchanged       it was completed before, so nothing was written',
    'provisional     the hub was not asked (--offline)',
    'space           owner/slug of the space that has it; null: this machine alone',
  ],
  exitCodes: TASK_EXIT_CODES,
  async run(call) {
    const [task] = call.arguments
    const result = call.flags.json('result')
    const runId = readRunId(call)
    const { complete } = await import('./complete.js')
    const [isOffline, resume] = [call.flags.on('offline'), call.flags.on('resume')]
    const ended = await complete(await call.session(), { runId, task, result, isOffline, resume })
    return { result: ended, text: endedText(ended) }
  },
})
