import path from 'node:path'
import { refuseFlags, scriptFlags } from '../../support/script-flags.js'
import { contest } from './contest.js'

const SHOWN = 20

const USAGE =
  'npm run soak:reservations -- [--rounds 1000] [--stores 6] [--trees 1] [--store sqlite|postgres] [--namesakes] [--kill] [--seed 7] [--executable FILE]'
const values = scriptFlags(USAGE, {
  rounds: { type: 'string', default: '1000' },
  stores: { type: 'string', default: '6' },
  trees: { type: 'string', default: '1' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  store: { type: 'string', default: 'sqlite' },
  namesakes: { type: 'boolean', default: false },
  kill: { type: 'boolean', default: false },
  executable: { type: 'string', default: 'dist/cli.cjs' },
})
const [rounds, stores, trees, seed] = [values.rounds, values.stores, values.trees, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]
const { store } = values
if (
  (store !== 'sqlite' && store !== 'postgres') ||
  ![rounds, stores, trees].every((count) => Number.isInteger(count) && count > 0) ||
  !Number.isInteger(seed)
) {
  refuseFlags(USAGE)
}
const executable = path.resolve(values.executable)
const started = performance.now()
const { won, unconfirmed, checks, kills, violations } = await contest({
  ...{ rounds, stores, treesAStore: trees, store, seed, executable },
  ...{ killsHubs: values.kill, hasNamesakes: values.namesakes },
})
const took = Math.round((performance.now() - started) / 1000)
console.log(
  `${violations.length === 0 ? '✅' : '❌'} ${store}, seed ${seed}, ${rounds} rounds of ${stores * trees} agents on ${stores} stores in ${took} s: ` +
    `${won} won, ${unconfirmed} answers that the hub could not be asked, ${checks.held} reads told held, ${checks.unknown} unknown, ${kills} kills; ${violations.length} violations`,
)
for (const violation of violations.slice(0, SHOWN)) console.log(`   ${violation}`)
process.exit(violations.length === 0 ? 0 : 1)
