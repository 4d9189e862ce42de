import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { runWithPeak } from '../measure-peak.js'
import { summary } from '../statistics.js'
import { countedProcess } from './counted-process.js'
import { FilledStore } from './filled-store.js'
import { gitStatus } from './git-status.js'
import { nodeSqlite } from './node-sqlite.js'
import { OPEN_TASKS } from './store-records.js'
import { VERBS } from './verbs.js'

/** A process of some 40 ms is over soon. */
const LOOK_MILLISECONDS = 1

/**
 * Measures the verbs, and what stands beside them, in stores of each size. All stores are there from the beginning and take
 * turns (verb A in each store, verb B in each store, …), so that the machine's moods fall on all of them alike.
 *
 * @param {{ rows: ReadonlySet<string>, stores: readonly number[], runs: number, directory: string }} options
 */
export async function measureVerbs({ rows, stores, runs, directory }) {
  const wanted = VERBS.filter(({ name }) => rows.has(name))
  if (wanted.length === 0) return []
  // Each run claims one task to be counted and one to be weighed, and some are to be left.
  if (runs > OPEN_TASKS / 4) throw new Error(`--runs: with ${runs} there would be no task left to claim`)
  const filled = stores.map((size) => {
    process.stderr.write(`${size} records that are over: the store\n`)
    const store = FilledStore.ofSize(mkdtempSync(path.join(directory, 'store-')), size)
    return { store, git: gitStatus(store), sqlite: nodeSqlite(store) }
  })
  const lines = [
    {
      name: 'node -e 0',
      isFloor: true,
      of: ({ store }) => ({ command: [process.execPath, '-e', '0'], env: store.env }),
    },
    ...wanted.map(({ name, args, input, command = plainCommand(name, args) }) => ({
      name,
      isOurs: true,
      of: ({ store }, turn) => ({ command: command(store, turn), env: store.env, input: input?.(store, turn) }),
    })),
    { name: 'git status', of: ({ git }) => git },
    { name: 'Node + SQLite', of: ({ sqlite }) => sqlite },
  ]
  const samples = lines.map(() => filled.map(() => ({ cpu: [], wall: [], peakMegabytes: [] })))
  // The first run fills the caches of Node and of the file system, and counts for nothing.
  for (let run = 0; run <= runs; run++) {
    process.stderr.write(run === 0 ? 'verbs, to warm up\n' : `verbs, run ${run} of ${runs}\n`)
    for (const [row, line] of lines.entries()) {
      for (const column of rotated([...filled.keys()], run)) {
        const one = filled[column]
        const cwd = one.store.directory
        const counted = line.of(one, `${run}-counted`)
        const { cpu, wall } = countedProcess(counted.command, { cwd, ...counted })
        if (run === 0) continue
        const weighed = line.of(one, `${run}-weighed`)
        const { peakMegabytes } = await runWithPeak(weighed.command, { cwd, ...weighed }, LOOK_MILLISECONDS)
        const { cpu: cpus, wall: walls, peakMegabytes: peaks } = samples[row][column]
        cpus.push(cpu)
        walls.push(wall)
        peaks.push(peakMegabytes)
      }
    }
  }
  return lines.map(({ name, isOurs = false, isFloor = false }, row) => ({
    name,
    isOurs,
    isFloor,
    sizes: samples[row].map(({ cpu, wall, peakMegabytes }, column) => ({
      size: stores[column],
      cpu: spread(cpu),
      wall: spread(wall),
      // What looks in from outside may miss the last of it, and never sees too much.
      peakMegabytes: Math.round(Math.max(...peakMegabytes)),
    })),
  }))
}

function plainCommand(name, args) {
  return (store, turn) => store.command(name, ...args(store, turn), '--json')
}

/** Who comes first after another command finds the processor's caches cold, so that is another store each run. */
function rotated(list, by) {
  return list.map((_, number) => list[(number + by) % list.length])
}

/** In tenths of a millisecond. */
function spread(samples) {
  const { median, low, high } = summary(samples)
  const tenths = (value) => Math.round(value * 10) / 10
  return { median: tenths(median), low: tenths(low), high: tenths(high) }
}
