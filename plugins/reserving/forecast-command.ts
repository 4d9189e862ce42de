import { chosenRunId, defineCommand, MAX_AGE_OPTION, table } from '../../src/plugin.js'
import type { Forecast } from './forecast.js'

export const forecastCommand = defineCommand({
  name: 'forecast',
  summary: 'Tell which runs are about to meet.',
  moment: 'before_edit',
  description: `Compares the reservations and intents that count now. address_overlap (confidence 1.0): two runs have reserved the same.
operation_conflict (0.9): one deletes what the other modifies, renames or extracts. Risk is high from 0.9, medium from 0.5.
An intent counts until its reservation ends, else until it expires, else for a day.
For living runs in different working trees or on different branches git is asked whether their commits can be merged:
merge_conflict (1.0) names the files. Of another machine that is the branch as it was fetched last; what is not committed is not
seen. It needs git 2.38.`,
  options: [{ flag: '--run-id <id>', description: 'Only conflicts that this run has a part in.' }, MAX_AGE_OPTION],
  examples: ['forecast --json', 'forecast --run-id agent-7 --json | jq .high_risk'],
  json: [
    'active_reservations  how many hold now',
    'intents              how many count now',
    'conflicts            [{conflict_type, addresses, agents: ["run@branch", …], confidence, description}], the surest first',
    'more_conflicts       whether there are more: 1,000 are told, and of all runs together 50 of one reservation or intent',
    'high_risk, medium_risk, low_risk  how many conflicts of each',
    'git                 {status: asked|partly|absent|too_old, merges, unasked}: how many pairs of commits were merged',
  ],
  exitCodes: { 0: 'told, with conflicts or without' },
  async run(call) {
    const runId = chosenRunId(call)
    const { forecast } = await import('./forecast.js')
    const result = await forecast(await call.session(), runId)
    return {
      result,
      text: textOf(result, call.output.columns),
    }
  },
})

function textOf(result: Forecast, columns: number): string {
  const { activeReservations, intents, conflicts, highRisk, mediumRisk, lowRisk } = result
  const head = `${activeReservations} active reservation(s), ${intents} intent(s) — risks: ${highRisk} high, ${mediumRisk} medium, ${lowRisk} low`
  const more = result.moreConflicts ? '\n   more runs meet than are told; --run-id tells of one' : ''
  const foot = `${more}${gitText(result.git)}`
  if (conflicts.length === 0) return `✅ ${head}${foot}`
  const rows = conflicts.map((conflict) => [
    conflict.conflictType,
    conflict.confidence.toFixed(1),
    conflict.agents.join(', '),
    conflict.addresses.join(' '),
  ])
  return `⚠️  ${head}\n${table([['CONFLICT', 'CONFIDENCE', 'AGENTS', 'ADDRESSES'], ...rows], columns)}${foot}`
}

/** Silence would pass for "nothing conflicts". */
function gitText({ status, unasked }: Forecast['git']): string {
  if (status === 'too_old') return '\n   not asked: git before 2.38 cannot tell what would conflict in a merge'
  return status === 'partly' ? `\n   ${unasked} merge(s) were not tried: too many, too slow, or git failed` : ''
}
