/**
 * `npm run bench:start [-- --runs 11]`: how long each command takes in a small workspace where there is next to nothing to
 * do, as a ratio to the start of Node alone. A command that cannot be run like that is asked for its help.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { scriptFlags } from '../support/script-flags.js'
import { MuseSpace } from './contenders/muse-space.js'
import { describeMachine } from './machine.js'
import { reservations } from './records.js'
import { summary } from './statistics.js'
import { timedProcess } from './timed-process.js'

/** Command lines that can be run again and again. */
const LINES = {
  'sync push': [],
  'sync pull': [],
  reserve: ['src/other.ts', '--run-id', 'run-1'],
  check: ['src/a.ts'],
  intent: ['src/other.ts', '--run-id', 'run-1', '--op', 'modify'],
  status: [],
  forecast: [],
  dag: [],
  enqueue: ['Something to do', '--run-id', 'run-1'],
  claim: ['--run-id', 'run-1', '--offline'],
  tasks: [],
  run: ['--reserve', 'src/own.ts', '--run-id', 'run-1', '--', 'true'],
  log: [],
  gc: ['--dry-run'],
  kinds: [],
  'auth whoami': [],
  'space show': [],
  completion: ['bash'],
}

const USAGE = 'npm run bench:start -- [--runs 11] [--directory DIR]'
const values = scriptFlags(USAGE, { runs: { type: 'string', default: '11' }, directory: { type: 'string' } })
const root = mkdtempSync(path.join(values.directory ?? tmpdir(), 'muse-coord-start-'))
const space = await MuseSpace.open(root)
try {
  space.write(reservations(20))
  space.runIn(space.writer, 'sync', 'push')
  space.runIn(space.writer, 'sync', 'pull')
  const options = { cwd: space.writer, env: space.env }
  const names = JSON.parse(timedProcess(space.command('--help', '--json'), options).stdout).commands.map(
    ({ name }) => name,
  )
  const lines = [
    { what: 'node -e 0', command: [process.execPath, '-e', '0'] },
    { what: '--version', command: space.command('--version') },
    { what: '--help', command: space.command('--help') },
    ...names.map((name) => {
      const args = LINES[name] ?? ['--help']
      return { what: [name, ...args].join(' '), command: space.command(...name.split(' '), ...args) }
    }),
  ]
  const samples = new Map(lines.map((line) => [line, []]))
  for (let run = 0; run < Number(values.runs); run++) {
    for (const line of lines) samples.get(line).push(timedProcess(line.command, options).milliseconds)
  }
  const floor = summary(samples.get(lines[0])).median
  process.stdout.write('milliseconds, median (lowest–highest), and the ratio to the start of Node alone\n')
  for (const [{ what }, measured] of samples) {
    const { median, low, high } = summary(measured)
    const span = `(${low.toFixed(0)}–${high.toFixed(0)})`
    process.stdout.write(
      `${what.padEnd(52)} ${median.toFixed(0).padStart(5)} ${span.padEnd(10)} ${(median / floor).toFixed(2)}\n`,
    )
  }
  for (const [name, value] of Object.entries(describeMachine(root))) process.stdout.write(`${name}: ${value}\n`)
} finally {
  await space.close()
  rmSync(root, { recursive: true, force: true })
}
