import { chosenRunId, defineCommand, MAX_AGE_OPTION, table } from '../../src/plugin.js'
import type { Forecast } from './forecast.js'

export const forecastCommand = defineCommand({
  name: 'forecast',
  summary: 'Tell which runs are about to meet.',
  description: `Compares the reservations and intents that count now. address_overlap (confidence 1.0): two runs have reserved the same.
operation_conflict (0.9): one deletes what the other modifies, renames or extracts. Risk is high from 0.9, medium from 0.5.
An intent counts until its reservation ends, else until it expires, else for a day.`,
  options: [{ flag: '--run-id <id>', description: 'Only conflicts that this run has a part in.' }, MAX_AGE_OPTION],
  examples: ['forecast --json', 'forecast --run-id agent-7 --json | jq .high_risk'],
  json: [
    'active_reservations  how many hold now',
    'intents              how many count now',
    'conflicts            [{conflict_type, addresses, agents: ["run@branch", …], confidence, description}], the surest first',
    'high_risk, medium_risk, low_risk  how many conflicts of each',
  ],
  exitCodes: { 0: 'told, with conflicts or without' },
  async run(call) {
    const runId = chosenRunId(call)
    const { forecast } = await import('./forecast.js')
    const result = forecast(await call.session(), runId)
    return {
      result,
      text: textOf(result, call.output.columns),
    }
  },
})

function textOf(result: Forecast, columns: number): string {
  const { activeReservations, intents, conflicts, highRisk, mediumRisk, lowRisk } = result
  const head = `${activeReservations} active reservation(s), ${intents} intent(s) — risks: ${highRisk} high, ${mediumRisk} medium, ${lowRisk} low`
  if (conflicts.length === 0) return `✅ ${head}`
  const rows = conflicts.map((conflict) => [
    conflict.conflictType,
    conflict.confidence.toFixed(1),
    conflict.agents.join(', '),
    conflict.addresses.join(' '),
  ])
  return `⚠️  ${head}\n${table([['CONFLICT', 'CONFIDENCE', 'AGENTS', 'ADDRESSES'], ...rows], columns)}`
}
