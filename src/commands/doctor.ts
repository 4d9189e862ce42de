import { oneLine } from '../base/printable.js'
import type { DoctorResult, ToldFinding } from '../sync/doctor/doctor.js'
import { defineCommand } from './command.js'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Check everything a workspace needs, and say what mends it.',
  moment: 'set_up',
  description: `Looks at whose the store is, its settings, whether git leaves the records alone, which files are passed over, the index,
the watches of the system, the hub, who signs there, and this machine's clock. Each line is right, or says what is wrong and
which command mends it.`,
  options: [{ flag: '--fix', description: 'Mend what can be mended without harm.' }],
  examples: ['doctor', 'doctor --fix', 'doctor --json | jq -r ".findings[] | select(.is_ok | not).cure"'],
  json: [
    'is_healthy  whether nothing is wrong (any more)',
    'findings    [{check, is_ok, message, cure, is_fixed}]; cure: a command, or a sentence with one, null where all is right',
  ],
  exitCodes: { 0: 'nothing is wrong, or is any more', 1: 'something is wrong' },
  async run({ flags, session }) {
    const { doctor } = await import('../sync/doctor/doctor.js')
    const result = await doctor(await session(), { fix: flags.on('fix') })
    return { result, text: textOf(result), exitCode: result.isHealthy ? 0 : 1 }
  },
})

function textOf({ findings }: DoctorResult): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.flatMap((finding) => linesOf(finding, width)).join('\n')
}

function linesOf({ check, isOk, message, cure, isFixed }: ToldFinding, width: number): readonly string[] {
  const line = oneLine(`${isOk ? '✅' : isFixed ? '🔧' : '❌'} ${check.padEnd(width)}  ${message}`)
  if (isFixed) return [`${line}; mended`]
  return cure === null ? [line] : [line, oneLine(`   ${' '.repeat(width)}  ${cure}`)]
}
