import {
  checkedRunId,
  defineCommand,
  oneLine,
  RESUME_OPTION,
  RUN_ID_OPTION,
  readRunId,
  SYNC_OPTIONS,
} from '../../src/plugin.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from './options.js'
import { untilText } from './task-errors.js'

export const handoverCommand = defineCommand({
  name: 'handover',
  summary: 'Hand a task to another run, with a note.',
  moment: 'done',
  description: `Gives up the task which a run claimed, for another run to go on with: the named one, to which it is left for ten minutes, else
the next that claims. That is kept by every muse-coord that hears of it, which is asked of the hub with each claim; the hub itself
gives a free task to whoever claims it first, so a program of another kind, or a claim with --offline, may come before. Whoever has it then is told the note, and what became
of all who had it before. It counts as no attempt.
What the run has reserved stays its own, unless --release gives it back and tells the next one which addresses that were. Nothing is
kept for that one: until it reserves them, another run may.`,
  arguments: '<task>',
  options: [
    RUN_ID_OPTION,
    { flag: '--to <run>', description: 'The run that is to go on with it.' },
    { flag: '--note <text>', description: 'What that one is to know.' },
    {
      flag: '--within <time>',
      description: 'With --to: leave it to that run for so long, 90 or 5m (default 10m); then anybody may have it.',
    },
    { flag: '--release', description: 'Give back all that the run has reserved, and tell the next one what that was.' },
    { flag: '--result <json>', description: 'What the work came to up to now, as JSON.' },
    RESUME_OPTION,
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    'handover 0b9d1c1e --run-id agent-7 --to agent-9 --note "half done, see branch agent-7"',
    'handover 0b9d1c1e --run-id agent-7 --note "needs a machine with a GPU" --json',
  ],
  json: [
    'task_id, run_id, status: returned',
    'handed_to       the run that is to go on with it; null: the next one',
    'handed_until    until when it is left to that run; null: to nobody',
    'note            as recorded; null where there is none',
    'reserved        [address] given back with it (--release); the next one finds them in its attempts',
    'ended_at        when it was recorded first',
    'result, error   as recorded; null where there is none',
    'unchanged       it had ended like this before, so nothing was written',
    'provisional     the hub was not asked (--offline)',
    'space           owner/slug of the space that has it; null: this machine alone',
  ],
  exitCodes: TASK_EXIT_CODES,
  async run(call) {
    const { flags } = call
    const to = flags.text('to')
    const { handover } = await import('./handover.js')
    const handed = await handover(await call.session(), {
      ...{ runId: readRunId(call), task: call.arguments[0], note: flags.text('note'), result: flags.json('result') },
      ...{ to: to === undefined ? undefined : checkedRunId('--to', to), isOffline: flags.on('offline') },
      ...{ seconds: flags.duration('within', { min: 1 }), release: flags.on('release'), resume: flags.on('resume') },
    })
    const { reserved, taskId, handedTo, handedUntil, provisional } = handed
    const whom =
      handedTo === null ? 'whoever claims it next' : `${handedTo}, to which it is left ${untilText(handedUntil)}`
    const lines = [oneLine(`✅ Handed ${taskId} to ${whom}`)]
    if (reserved.length > 0) lines.push(oneLine(`   Gave back ${reserved.join(' ')}`))
    if (provisional) lines.push('   The hub was not asked: `muse-coord sync push` brings it there.')
    return { result: handed, text: lines.join('\n') }
  },
})
