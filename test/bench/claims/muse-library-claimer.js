import { importLibrary } from '../build.js'
import { serveWork } from '../worker.js'
import { claimUntil } from './claim-until.js'

const [directory, runId] = process.argv.slice(2)
const TTL_SECONDS = 3600

const { createContainer, openLeases, openWorkspace } = await importLibrary()
const container = await createContainer()
/** What a command is called with, without any flag. */
const call = {
  flags: { text: () => undefined, on: () => false, list: () => [] },
  directory,
  env: process.env,
  signal: new AbortController().signal,
  container: async () => container,
}
const workspace = await openWorkspace(call)
const leases = await openLeases(call, workspace, { isOffline: false })

async function tryClaim(task) {
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
