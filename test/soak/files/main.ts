import path from 'node:path'
import { parseArgs } from 'node:util'
import { FAULTS, isFault } from './fault.js'
import { soakFiles, type VerbResult, verbsNamed } from './soak-files.js'

const SHOWN = 10

const { values } = parseArgs({
  options: {
    verb: { type: 'string', multiple: true, default: [] },
    fault: { type: 'string', multiple: true, default: Object.keys(FAULTS) },
    every: { type: 'string', default: '1' },
    call: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    jobs: { type: 'string', default: '2' },
    executable: { type: 'string', default: 'dist/cli.cjs' },
  },
})
const verbs = values.verb
const faults = values.fault.filter(isFault)
const [every, seed, jobs] = [values.every, values.seed, values.jobs].map(Number) as [number, number, number]
const call = values.call === undefined ? undefined : Number(values.call)
const areCounts = [every, jobs, call ?? 1].every((count) => Number.isInteger(count) && count > 0)
const areKnown = faults.length === values.fault.length && verbsNamed(verbs).length > 0
if (!areCounts || !areKnown || !Number.isInteger(seed)) {
  process.stderr.write(
    `usage: npm run soak:files -- [--verb NAME] [--fault ${Object.keys(FAULTS).join('|')}] [--every 7] [--call K] [--seed 7] [--jobs 2]\n` +
      `verbs: ${verbsNamed([]).join(' ')}\n`,
  )
  process.exit(1)
}

const started = performance.now()
const results = await soakFiles({
  ...{ executable: path.resolve(values.executable), verbs, faults, every, seed, call, jobs },
  onVerb: tell,
})
const rounds = results.reduce((sum, result) => sum + result.rounds, 0)
const violations = results.reduce((sum, result) => sum + result.violations.length, 0)
const seconds = Math.round((performance.now() - started) / 1000)
console.log(
  `${violations === 0 ? '✅' : '❌'} seed ${seed}, every ${every}: ${results.length} verbs, ${rounds} rounds in ${seconds} s; ${violations} violations`,
)
process.exit(violations === 0 ? 0 : 1)

function tell({ name, calls, rounds, violations }: VerbResult): void {
  console.log(`${violations.length === 0 ? '✅' : '❌'} ${name}: ${calls} file calls, ${rounds} rounds`)
  for (const { verb, fault, call, what, sentence } of violations.slice(0, SHOWN)) {
    console.log(`   --verb ${verb} --fault ${fault} --call ${call}, ${what}: ${sentence.trim().slice(0, 700)}`)
  }
  if (violations.length > SHOWN) console.log(`   and ${violations.length - SHOWN} more`)
}
