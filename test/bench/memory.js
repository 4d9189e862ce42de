/**
 * `npm run bench:memory [-- --records 1000000]`: pushes and pulls so many records and tells the most memory that client
 * and hub held. Ends with 1 where a bound of the project is broken. Linux only, for it asks /proc.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { scriptFlags } from '../support/script-flags.js'
import { MuseSpace } from './contenders/muse-space.js'
import { describeMachine } from './machine.js'
import { peakMegabytes, runWithPeak } from './measure-peak.js'
import { reservations } from './records.js'

const CLIENT_BOUND_MB = 200
const HUB_BOUND_MB = 300
const CHUNK = 10_000

const USAGE = 'npm run bench:memory -- [--records 1000000] [--directory DIR]'
const values = scriptFlags(USAGE, { records: { type: 'string', default: '1000000' }, directory: { type: 'string' } })
const count = Number(values.records)
const root = mkdtempSync(path.join(values.directory ?? tmpdir(), 'muse-coord-memory-'))
const space = await MuseSpace.open(root)
try {
  for (let written = 0; written < count; written += CHUNK) space.write(reservations(Math.min(CHUNK, count - written)))
  const rows = []
  for (const [what, workspace, ...command] of [
    ['push all new', space.writer, 'sync', 'push'],
    ['push nothing new', space.writer, 'sync', 'push'],
    ['pull all', space.reader, 'sync', 'pull', '--all'],
    ['pull nothing new', space.reader, 'sync', 'pull', '--all'],
  ]) {
    const client = await runWithPeak(space.command(...command), { cwd: workspace, env: space.env })
    rows.push({ what, seconds: client.seconds, client: client.peakMegabytes, hub: peakMegabytes(space.hubPid) })
  }
  process.stdout.write(`${count.toLocaleString('en')} records; peak resident memory, MB\n`)
  for (const { what, seconds, client, hub } of rows) {
    process.stdout.write(
      `${what.padEnd(18)} ${seconds.toFixed(1).padStart(7)} s   client ${client.toFixed(0).padStart(4)}   hub ${hub.toFixed(0).padStart(4)}\n`,
    )
  }
  for (const [name, value] of Object.entries(describeMachine(root))) process.stdout.write(`${name}: ${value}\n`)
  const isBroken = rows.some(({ client, hub }) => client > CLIENT_BOUND_MB || hub > HUB_BOUND_MB)
  if (isBroken)
    process.stdout.write(`❌ The bounds are ${CLIENT_BOUND_MB} MB for the client and ${HUB_BOUND_MB} MB for the hub.\n`)
  process.exitCode = isBroken ? 1 : 0
} finally {
  await space.close()
  rmSync(root, { recursive: true, force: true })
}
