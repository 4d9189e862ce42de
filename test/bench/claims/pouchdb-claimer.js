import PouchDB from 'pouchdb'
import { serveWork } from '../worker.js'
import { claimUntil } from './claim-until.js'

const [url, runId] = process.argv.slice(2)
const database = new PouchDB(url)

async function tryClaim(task) {
  try {
    await database.put({ _id: task, claimer_run_id: runId })
    return true
  } catch (error) {
    if (error.status === 409) return false
    throw error
  }
}

serveWork({
  ready: () => database.info(),
  claim: (seconds) => claimUntil(seconds, tryClaim),
})
