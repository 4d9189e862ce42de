import type { Mine, OwnHold } from '../../sync/status/mine.js'
import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION, spanText } from '../max-age.js'
import { RUN_ID_OPTION, readRunId } from '../run-id.js'
import { table } from '../table.js'

export const mine = defineCommand({
  name: 'mine',
  summary: 'Show what this run holds, and for how long yet.',
  moment: 'look',
  description: `Shows what the run holds here, by records of every kind: addresses, tasks, leases, what ends first before the rest; then what
it has lost to another run. Nothing is written, and no end is moved: \`heartbeat\` does that.`,
  options: [RUN_ID_OPTION, MAX_AGE_OPTION],
  examples: ['mine', 'mine --run-id agent-7 --json', 'mine --json | jq -r ".holds[].what[]"'],
  json: [
    'run_id          as given',
    'holds           [{kind, record_id, what: [text], title, since, until, seconds_left, token, exclusive,',
    '                  state: held|provisional|waiting|undecided}]; until and seconds_left null: until it is given back',
    'lost            [{kind, record_id, run_id, what, winner: {run_id, until, what}|null}] stop the work there',
  ],
  exitCodes: { 0: 'shown', 1: 'bad arguments, or nothing names the run' },
  async run(call) {
    const runId = readRunId(call)
    const { mine } = await import('../../sync/status/mine.js')
    const result = mine(await call.session(), runId)
    return { result, text: () => textOf(result, call.output.columns) }
  },
})

function textOf({ runId, holds, lost }: Mine, columns: number): string {
  const header = ['HELD', 'LEFT', 'STATE', 'KIND', 'RECORD']
  const held = holds.length === 0 ? `${runId} holds nothing.` : table([header, ...holds.map(rowOf)], columns)
  const gone = lost.map(({ what, winner }) => `❌ ${what.join(' ')} is lost to ${winner?.runId ?? 'another run'}`)
  return [held, ...gone].join('\n')
}

function rowOf({ kind, recordId, what, title, secondsLeft, exclusive, state }: OwnHold): readonly string[] {
  const left = secondsLeft === null ? 'until released' : spanText(secondsLeft)
  return [title || what.join(' '), left, state === 'held' && !exclusive ? 'warns' : state, kind, recordId]
}
