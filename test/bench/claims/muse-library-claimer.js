import { importLibrary, importPluginDoor } from '../build.js'
import { serveWork } from '../worker.js'
import { claimUntil } from './claim-until.js'

const [directory, runId] = process.argv.slice(2)
const TTL_SECONDS = 3600

const { openSession } = await importLibrary()
const { openLeases } = await importPluginDoor()
const session = await openSession({ directory, env: process.env })
const leases = await openLeases(session)

async function tryClaim(task) {
  const { workspace } = session
  const payload = {
    task_id: task,
    claimer_run_id: runId,
    claimed_at: workspace.timestamp(),
    expires_at: workspace.timestamp(TTL_SECONDS),
    status: 'claimed',
  }
  const { outcome, token } = await leases.put({ kind: 'claim', payload, seen: undefined })
  if (outcome === 'granted' && token === null) throw new Error('the hub was not asked')
  return outcome === 'granted'
}

serveWork({
  ready: () => tryClaim(`warm-up-${runId}`),
  claim: (seconds) => claimUntil(seconds, tryClaim),
})
