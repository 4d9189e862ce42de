/** `npm run bench`: muse-coord beside git and PouchDB on the same records in one run, and its verbs in stores of all sizes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describeMachine } from './machine.js'
import { readOptions } from './options.js'
import { installPeers } from './peers.js'
import { compare, tableOf } from './report.js'
import { CLAIM_ROWS, NEXT_ROWS, SYNC_ROWS } from './rows.js'
import { measureVerbs } from './verbs/measure-verbs.js'
import { verbTable } from './verbs/verb-table.js'
import { VERBS } from './verbs/verbs.js'

const options = readOptions([...SYNC_ROWS, ...CLAIM_ROWS, ...NEXT_ROWS, ...VERBS].map(({ name }) => name))
const directory = mkdtempSync(path.join(options.directory ?? tmpdir(), 'muse-coord-bench-'))
const machine = describeMachine(directory)
let durability = {}
const rows = []
try {
  if ([...SYNC_ROWS, ...CLAIM_ROWS, ...NEXT_ROWS].some(({ name }) => options.rows.has(name))) {
    installPeers()
    // Imported only now: the peers are there.
    const { measureSync, SYNC_CONTENDERS } = await import('./measure-sync.js')
    const { measureClaims } = await import('./measure-claims.js')
    durability = Object.fromEntries(
      SYNC_CONTENDERS.flatMap(({ name, durability }) => (durability ? [[name, durability]] : [])),
    )
    for (const size of options.sizes) rows.push(...(await measureSync(size, { ...options, directory })))
    rows.push(...(await measureClaims({ ...options, directory })))
  }
  const verbs = await measureVerbs({ ...options, directory })
  // Before the files are removed, which may take longer than all of this.
  if (verbs.length > 0) keepForDrawing(verbs)
  print(verbs)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** `npm run bench:growth` draws it. */
function keepForDrawing(verbs) {
  const measured = { machine, runs: options.runs, lines: verbs }
  writeFileSync(path.join(import.meta.dirname, 'growth.json'), `${JSON.stringify(measured, null, 2)}\n`)
}

function print(verbs) {
  if (options.json) {
    const compared = rows.map((row) => ({ ...row, comparison: compare(row) }))
    process.stdout.write(
      `${JSON.stringify({ machine, durability, runs: options.runs, rows: compared, verbs }, null, 2)}\n`,
    )
  } else {
    if (rows.length > 0) process.stdout.write(`${tableOf(rows)}\n\n`)
    if (verbs.length > 0) process.stdout.write(`${verbTable(verbs)}\n\n`)
    process.stdout.write(
      `Medians of ${options.runs} alternating runs (lowest–highest); a ratio to a peer is to the best one.\n`,
    )
    for (const [what, value] of Object.entries(machine)) process.stdout.write(`${what}: ${value}\n`)
    if (rows.length > 0) process.stdout.write('On disk when an answer comes:\n')
    for (const [name, policy] of Object.entries(durability)) process.stdout.write(`  ${name}: ${policy}\n`)
  }
}
