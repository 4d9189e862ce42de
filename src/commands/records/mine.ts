import type { Mine, OwnHold } from '../../sync/status/mine.js'
import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION, spanText } from '../max-age.js'
import { RUN_ID_OPTION, readRunId } from '../run-id.js'
import { ID_LETTERS } from '../short-id.js'
import { type ColumnStyle, table } from '../table.js'

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

const STYLES: readonly ColumnStyle[] = [{ keepsEnds: true, least: 28 }, {}, { goes: 1 }, {}, { goes: 2 }]

function textOf({ runId, holds, lost }: Mine, columns: number): string {
  const header = ['HELD', 'LEFT', 'STATE', 'RECORD', 'KIND']
  const rows = holds.flatMap(rowsOf)
  const held = rows.length === 0 ? `${runId} holds nothing.` : table([header, ...rows], columns, STYLES)
  const gone = lost.map(({ what, winner }) => `❌ ${what.join(' ')} is lost to ${winner?.runId ?? 'another run'}`)
  return [held, ...gone].join('\n')
}

/** A line for each thing, the rest beside the first. */
function rowsOf({
  kind,
  recordId,
  what,
  title,
  secondsLeft,
  exclusive,
  state,
}: OwnHold): readonly (readonly string[])[] {
  const left = secondsLeft === null ? 'until released' : spanText(secondsLeft)
  const how = state === 'held' && !exclusive ? 'warns' : state
  return (title ? [title] : what).map((one, index) =>
    index === 0 ? [one, left, how, recordId.slice(0, ID_LETTERS), kind] : [one, '', '', '', ''],
  )
}
