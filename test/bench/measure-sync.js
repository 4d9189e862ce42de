import { git } from './contenders/git.js'
import { museLibrary } from './contenders/muse-library.js'
import { museProcess } from './contenders/muse-process.js'
import { node } from './contenders/node.js'
import { pouchdb } from './contenders/pouchdb.js'
import { SYNC_ROWS } from './rows.js'
import { runInTurn } from './run-in-turn.js'
import { Samples } from './samples.js'

export const SYNC_CONTENDERS = [museProcess, museLibrary, git, pouchdb, node]

/**
 * Measures the rows of one size. Values are milliseconds.
 *
 * @param {number} size records
 * @param {{ rows: ReadonlySet<string>, runs: number, directory: string }} options
 */
export async function measureSync(size, { rows, runs, directory }) {
  const last = SYNC_ROWS.findLastIndex(({ name }) => rows.has(name))
  if (last < 0) return []
  const samples = new Samples()
  await runInTurn(SYNC_CONTENDERS, { runs, directory }, async (contender, fresh, run) => {
    process.stderr.write(`${size} records, run ${run + 1} of ${runs}: ${contender.name}\n`)
    const session = await contender.open(fresh)
    try {
      for (const row of SYNC_ROWS.slice(0, last + 1)) {
        if (contender.isFloor && !row.hasFloor) continue
        if (row.name === 'visible' && session.visible === undefined) continue
        for (let time = 0; time < (row.repeat ?? 1); time++) {
          await row.prepare?.(session, size)
          samples.add(row, contender, await row.run(session))
        }
      }
    } finally {
      await session.close()
    }
  })
  return SYNC_ROWS.filter(({ name }) => rows.has(name)).map((row) => ({
    row: row.name,
    title: row.title,
    size,
    unit: 'ms',
    contenders: samples.of(row),
  }))
}
