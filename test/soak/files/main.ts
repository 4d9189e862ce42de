import path from 'node:path'
import { refuseFlags, scriptFlags } from '../../support/script-flags.js'
import { FAULTS, isFault } from './fault.js'
import { soakFiles, type VerbResult, verbsNamed } from './soak-files.js'

const SHOWN = 10

const USAGE = `npm run soak:files -- [--verb NAME] [--fault ${Object.keys(FAULTS).join('|')}] [--every 7] [--call K] [--seconds 600] [--seed 7] [--jobs 2] [--executable FILE]
verbs: ${verbsNamed([]).join(' ')}`
const values = scriptFlags(USAGE, {
  verb: { type: 'string', multiple: true, default: [] },
  fault: { type: 'string', multiple: true, default: Object.keys(FAULTS) },
  every: { type: 'string', default: '1' },
  call: { type: 'string' },
  seconds: { type: 'string' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  jobs: { type: 'string', default: '2' },
  executable: { type: 'string', default: 'dist/cli.cjs' },
})
const verbs = values.verb
const faults = values.fault.filter(isFault)
const [every, seed, jobs] = [values.every, values.seed, values.jobs].map(Number) as [number, number, number]
const call = values.call === undefined ? undefined : Number(values.call)
const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
const areCounts = [every, jobs, call ?? 1, seconds ?? 1].every((count) => Number.isInteger(count) && count > 0)
const areKnown = faults.length === values.fault.length && verbsNamed(verbs).length > 0
if (!areCounts || !areKnown || !Number.isInteger(seed)) {
  refuseFlags(USAGE)
}

const started = performance.now()
const { verbs: results, skipped } = await soakFiles({
  ...{ executable: path.resolve(values.executable), verbs, faults, every, seed, call, seconds, jobs },
  onVerb: tell,
})
const sumOf = (count: (result: VerbResult) => number) => results.reduce((sum, result) => sum + count(result), 0)
const violations = sumOf((result) => result.violations.length)
const took = Math.round((performance.now() - started) / 1000)
console.log(
  `${violations === 0 ? '✅' : '❌'} seed ${seed}, every ${every}: ${results.length} verbs, ${sumOf(({ rounds }) => rounds)} of ` +
    `${sumOf(({ possible }) => possible)} rounds in ${took} s; ${violations} violations`,
)
for (const one of skipped) console.log(`   skipped: ${one.trim()}`)
process.exit(violations === 0 ? 0 : 1)

function tell({ name, calls, rounds, possible, violations }: VerbResult): void {
  console.log(`${violations.length === 0 ? '✅' : '❌'} ${name}: ${calls} file calls, ${rounds} of ${possible} rounds`)
  for (const { verb, fault, call, what, sentence } of violations.slice(0, SHOWN)) {
    console.log(`   --verb ${verb} --fault ${fault} --call ${call}, ${what}: ${sentence.trim().slice(0, 700)}`)
  }
  if (violations.length > SHOWN) console.log(`   and ${violations.length - SHOWN} more`)
}
