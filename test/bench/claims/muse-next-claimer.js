import { importLibrary } from '../build.js'
import { serveWork } from '../worker.js'
import { claimNextUntil } from './open-tasks.js'

const [directory, runId] = process.argv.slice(2)
const { claim, openSession } = await importLibrary()
const session = await openSession({ directory, env: process.env })

async function claimNext() {
  try {
    return (await claim(session, { runId, ttlSeconds: 3600, another: true })).taskId
  } catch (error) {
    if (error.code === 'NOTHING_TO_CLAIM') return null
    throw error
  }
}

// Loads what it takes, as the raw requests' claimer does, which has sent one before the time runs.
serveWork({ ready: claimNext, claim: (seconds) => claimNextUntil(seconds, claimNext) })
