/**
 * `node agent-process.js OPTIONS`: an agent that works by the command line alone until a line comes on its input: it has files
 * alone, asks whether files are free, and does tasks. OPTIONS is JSON: `{executable, journal, files, ttlSeconds}`. What it is
 * told it writes to its journal at once, a JSON object a line, `at` in milliseconds since 1970.
 */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const { executable, journal, files, ttlSeconds } = JSON.parse(process.argv[2])
const LONGEST_WORK_MILLISECONDS = 1500
/** Held, not found, lost, and a hub that cannot be asked are answers. */
const EXPECTED = new Map([
  [0, null],
  [4, null],
  [6, null],
  [7, null],
  [1, ['hub_error', 'unavailable']],
])
let isEnding = false
process.stdin.once('data', () => {
  isEnding = true
})

while (!isEnding) {
  const file = files[Math.floor(Math.random() * files.length)]
  const dice = Math.random()
  if (dice < 0.55) await hold(file)
  else if (dice < 0.8) await look(file)
  else await doTask()
}
await run('leave')
note({ event: 'left' })
process.stdin.destroy()

async function hold(what) {
  const { code, document } = await run('reserve', what, '--deny', '--ttl', `${ttlSeconds}`)
  if (code === 6) {
    const isNamed = document.status === 'namesake' || (document.conflicts ?? []).length > 0
    if (!isNamed)
      note({ event: 'surprise', what: `refused ${what}, and not told by whom: ${JSON.stringify(document)}` })
  }
  if (code !== 0) return
  note({ event: 'has', what, until: Date.parse(document.expires_at) })
  await sleep(Math.random() * LONGEST_WORK_MILLISECONDS)
  if (Math.random() < 0.3) {
    const beaten = await run('heartbeat')
    const extended = (beaten.document.reservations ?? []).find((one) => one.reservation_id === document.reservation_id)
    if (extended !== undefined) note({ event: 'has', what, until: Date.parse(extended.extended_expires_at) })
    else if (beaten.code === 7) note({ event: 'gives', what })
    await sleep(Math.random() * LONGEST_WORK_MILLISECONDS)
  }
  // What is given back is nobody's from when it is asked for.
  note({ event: 'gives', what })
  await run('release', what)
}

async function look(what) {
  const from = Date.now()
  const { code, document } = await run('check', what, '--max-age', '0')
  if (code === 6 || document.status === 'free' || document.status === 'unknown')
    note({ event: 'checked', what, from, status: document.status })
}

async function doTask() {
  const { code, document } = await run('claim', '--ttl', `${ttlSeconds}`)
  if (code !== 0) return
  const what = `task ${document.task_id}`
  note({ event: 'has', what, until: Date.parse(document.expires_at) })
  await sleep(Math.random() * LONGEST_WORK_MILLISECONDS)
  note({ event: 'gives', what })
  const ended = await run('complete', document.task_id)
  if (ended.code === 0) note({ event: 'completed', what })
}

/** Runs the program as anybody does; what no answer looks like is noted. */
async function run(...line) {
  const child = spawn(process.execPath, [executable, ...line, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  let document = null
  try {
    document = JSON.parse(stdout)
  } catch {
    note({ event: 'surprise', what: `${line.join(' ')} ended with ${code} and no document: ${stdout}${stderr}` })
    return { code: -1, document: {} }
  }
  const statuses = EXPECTED.get(code)
  const isExpected = EXPECTED.has(code) && (statuses === null || statuses.includes(document.status))
  if (!isExpected) note({ event: 'surprise', what: `${line.join(' ')} ended with ${code}: ${stdout}${stderr}` })
  note({ event: 'ran', what: line[0], code })
  return { code, document }
}

function note(entry) {
  appendFileSync(journal, `${JSON.stringify({ at: Date.now(), ...entry })}\n`)
}
