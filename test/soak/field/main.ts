import path from 'node:path'
import { refuseFlags, scriptFlags } from '../../support/script-flags.js'
import { fieldTrial } from './trial.js'

const SHOWN = 20

const USAGE =
  'npm run soak:field -- [--seconds 120] [--agents 20] [--machines 2] [--store sqlite|postgres] [--seed 7] [--executable FILE]'
const values = scriptFlags(USAGE, {
  seconds: { type: 'string', default: '120' },
  agents: { type: 'string', default: '20' },
  machines: { type: 'string', default: '2' },
  store: { type: 'string', default: 'sqlite' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  executable: { type: 'string', default: 'dist/cli.cjs' },
})
const { store } = values
const [seconds, agents, machines, seed] = [values.seconds, values.agents, values.machines, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]
const areCounts = [agents, machines].every((count) => Number.isInteger(count) && count > 0)
if (!areCounts || !(seconds > 0) || !Number.isInteger(seed) || (store !== 'sqlite' && store !== 'postgres')) {
  refuseFlags(USAGE)
}
const executable = path.resolve(values.executable)
const { commands, holds, completed, checks, kills, violations } = await fieldTrial({
  ...{ seconds, agents, machines, store, seed, executable },
})
const inWords = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([what, times]) => `${what} ${times}`).join(', ')
const run = [...commands.values()].reduce((sum, times) => sum + times, 0)
console.log(
  `${violations.length === 0 ? '✅' : '❌'} ${store}, seed ${seed}, ${seconds} s: ${agents} agents on ${machines} machines, ` +
    `${run} commands, ${holds} holds, ${completed} tasks completed, told ${inWords(checks)}; killed: ` +
    `${kills.agents} agents, ${kills.hubs} hubs, ${kills.keepers} keepers; ${violations.length} violations`,
)
console.log(`   commands by exit code: ${inWords(new Map([...commands].sort()))}`)
for (const violation of violations.slice(0, SHOWN)) console.log(`   ${violation}`)
if (violations.length > SHOWN) console.log(`   … and ${violations.length - SHOWN} more`)
process.exit(violations.length === 0 ? 0 : 1)
