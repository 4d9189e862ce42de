import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { timedProcess } from '../timed-process.js'
import { serveWork } from '../worker.js'
import { claimUntil } from './claim-until.js'

const [clone, runId] = process.argv.slice(2)
const claims = path.join(clone, 'claims')

function git(...args) {
  return timedProcess(['git', ...args], { cwd: clone, mayFail: true })
}

/** Tries until the claim is through or somebody else's has come. */
async function tryClaim(task) {
  const file = path.join(claims, `${task}.json`)
  for (;;) {
    if (existsSync(file)) return false
    mkdirSync(claims, { recursive: true })
    writeFileSync(file, JSON.stringify({ task_id: task, claimer_run_id: runId }))
    git('add', '--all')
    git('commit', '--quiet', '--message', task)
    if (!git('push', '--quiet', 'origin', 'HEAD:main').hasFailed) return true
    // Another one's push came first: take what is there now, and look again.
    git('fetch', '--quiet', 'origin')
    git('reset', '--quiet', '--hard', 'origin/main')
  }
}

serveWork({
  ready: () => {},
  claim: (seconds) => claimUntil(seconds, tryClaim),
})
