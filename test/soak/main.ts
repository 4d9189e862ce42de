import path from 'node:path'
import { refuseFlags, scriptFlags } from '../support/script-flags.js'
import { soak } from './soak.js'

const SHOWN = 20

const USAGE = 'npm run soak -- [--seconds 60] [--seed 7] [--store sqlite|postgres] [--executable FILE]'
const values = scriptFlags(USAGE, {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  store: { type: 'string', default: 'sqlite' },
  executable: { type: 'string', default: 'dist/cli.cjs' },
})
const { store } = values
const [seconds, seed] = [values.seconds, values.seed].map(Number) as [number, number]
if (!(seconds > 0) || !Number.isInteger(seed) || (store !== 'sqlite' && store !== 'postgres')) {
  refuseFlags(USAGE)
}

const again = `again: npm run soak -- --seconds ${seconds} --seed ${seed} --store ${store}`
const { acknowledged, grants, holds, answered, unanswered, faults, breaks, violations } = await soak({
  seconds,
  seed,
  store,
  executable: path.resolve(values.executable),
}).catch((error: unknown) => {
  console.log(`❌ ${error instanceof Error ? error.message : String(error)}\n${again}`)
  process.exit(1)
})
const counts = [...breaks, ...faults].map(([what, times]) => `${what} ${times}`).join(', ')
console.log(
  `${violations.length === 0 ? '✅' : '❌'} ${store}, seed ${seed}, ${seconds} s: ${acknowledged} records acknowledged, ` +
    `${grants} leases granted, ${holds} exclusive holds, ${answered} answers, ${unanswered} tries without; ${counts}; ${violations.length} violations`,
)
for (const violation of violations.slice(0, SHOWN)) console.log(`   ${violation}`)
if (violations.length > SHOWN) console.log(`   … and ${violations.length - SHOWN} more`)
if (violations.length > 0) console.log(again)
process.exit(violations.length === 0 ? 0 : 1)
