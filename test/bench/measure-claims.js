import { gitClaims } from './claims/git-claims.js'
import { museLibraryClaims } from './claims/muse-library-claims.js'
import { museProcessClaims } from './claims/muse-process-claims.js'
import { pouchdbClaims } from './claims/pouchdb-claims.js'
import { CLAIM_ROWS } from './rows.js'
import { runInTurn } from './run-in-turn.js'
import { Samples } from './samples.js'

export const CLAIM_CONTENDERS = [museProcessClaims, museLibraryClaims, gitClaims, pouchdbClaims]

/** How long each contest lasts. */
const SECONDS = 4

/**
 * Measures the contests. Values are claims a second, all contenders together; a task that two were given is an error.
 *
 * @param {{ rows: ReadonlySet<string>, runs: number, directory: string }} options
 */
export async function measureClaims({ rows, runs, directory }) {
  const samples = new Samples()
  const wanted = CLAIM_ROWS.filter(({ name }) => rows.has(name))
  for (const row of wanted) {
    await runInTurn(CLAIM_CONTENDERS, { runs, directory }, async (contender, fresh, run) => {
      process.stderr.write(`${row.title}, run ${run + 1} of ${runs}: ${contender.name}\n`)
      const claimers = await contender.open(fresh, row.contenders)
      try {
        const claimed = await Promise.all(claimers.list.map((claimer) => claimer.claim(SECONDS)))
        const tasks = claimed.flatMap(({ tasks }) => tasks)
        if (new Set(tasks).size !== tasks.length) throw new Error(`${contender.name} gave one task to two contenders`)
        const seconds = Math.max(...claimed.map((one) => one.seconds))
        samples.add(row, contender, tasks.length / seconds)
      } finally {
        await claimers.close()
      }
    })
  }
  return wanted.map((row) => ({
    row: row.name,
    title: row.title,
    size: null,
    unit: 'claims/s',
    contenders: samples.of(row),
  }))
}
