/** `npm run bench`: muse-coord beside git and PouchDB, on the same records in one run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describeMachine } from './machine.js'
import { readOptions } from './options.js'
import { installPeers } from './peers.js'
import { compare, tableOf } from './report.js'
import { CLAIM_ROWS, SYNC_ROWS } from './rows.js'

const options = readOptions(
  process.argv.slice(2),
  [...SYNC_ROWS, ...CLAIM_ROWS].map(({ name }) => name),
)
installPeers()
// Imported only now: the peers are there.
const { measureSync, SYNC_CONTENDERS } = await import('./measure-sync.js')
const { measureClaims } = await import('./measure-claims.js')

const directory = mkdtempSync(path.join(options.directory ?? tmpdir(), 'muse-coord-bench-'))
const machine = describeMachine(directory)
const durability = Object.fromEntries(
  SYNC_CONTENDERS.flatMap(({ name, durability }) => (durability ? [[name, durability]] : [])),
)
const rows = []
try {
  for (const size of options.sizes) rows.push(...(await measureSync(size, { ...options, directory })))
  rows.push(...(await measureClaims({ ...options, directory })))
} finally {
  rmSync(directory, { recursive: true, force: true })
}

if (options.json) {
  const compared = rows.map((row) => ({ ...row, comparison: compare(row) }))
  process.stdout.write(`${JSON.stringify({ machine, durability, runs: options.runs, rows: compared }, null, 2)}\n`)
} else {
  process.stdout.write(`${tableOf(rows)}\n\n`)
  process.stdout.write(`Medians of ${options.runs} alternating runs (lowest–highest); a ratio is to the best peer.\n`)
  for (const [what, value] of Object.entries(machine)) process.stdout.write(`${what}: ${value}\n`)
  process.stdout.write('On disk when an answer comes:\n')
  for (const [name, policy] of Object.entries(durability)) process.stdout.write(`  ${name}: ${policy}\n`)
}
