import { gitClaims } from './claims/git-claims.js'
import { museLibraryClaims } from './claims/muse-library-claims.js'
import { museLibraryNext } from './claims/muse-library-next.js'
import { museProcessClaims } from './claims/muse-process-claims.js'
import { nodeStarts } from './claims/node-starts.js'
import { pouchdbClaims } from './claims/pouchdb-claims.js'
import { rawClaims } from './claims/raw-claims.js'
import { CLAIM_ROWS, NEXT_ROWS } from './rows.js'
import { runInTurn } from './run-in-turn.js'
import { Samples } from './samples.js'

const CONTESTS = [
  { rows: CLAIM_ROWS, contenders: [museProcessClaims, museLibraryClaims, gitClaims, pouchdbClaims, rawClaims] },
  { rows: NEXT_ROWS, contenders: [museProcessClaims, nodeStarts, museLibraryNext, rawClaims] },
]

/** How long each contest lasts. */
const SECONDS = 4

/**
 * Measures the contests. Values are claims a second, all contenders together; a task that two were given is an error.
 *
 * @param {{ rows: ReadonlySet<string>, runs: number, directory: string }} options
 */
export async function measureClaims({ rows, runs, directory }) {
  const samples = new Samples()
  const wanted = CONTESTS.flatMap((contest) =>
    contest.rows.map((row) => ({ row, contenders: contest.contenders })),
  ).filter(({ row }) => rows.has(row.name))
  for (const { row, contenders } of wanted) {
    await runInTurn(contenders, { runs, directory }, async (contender, fresh, run) => {
      process.stderr.write(`${row.title}, run ${run + 1} of ${runs}: ${contender.name}\n`)
      const claimers = await contender.open(fresh, row)
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
  return wanted.map(({ row }) => ({
    row: row.name,
    title: row.title,
    size: null,
    unit: 'claims/s',
    contenders: samples.of(row),
  }))
}
