/**
 * `npm run bench:ui [-- --records 100000 --runs 200]`: how long the pages of `muse-coord ui` take in a store of many records and runs:
 * the first one after the start, each one after that, and one after a record has changed. `--keep` leaves the store, and
 * `--directory` of such a one measures it again.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { scriptFlags } from '../support/script-flags.js'
import { EXECUTABLE } from './build.js'
import { environmentWith } from './environment.js'
import { describeMachine } from './machine.js'
import { summary } from './statistics.js'
import { FilledStore } from './verbs/filled-store.js'
import { OVER_TILL_NOW, overRecords, swarmRecords } from './verbs/store-records.js'

const USAGE = 'npm run bench:ui -- [--records 100000] [--runs 200] [--turns 5] [--directory DIR] [--keep]'
const values = scriptFlags(USAGE, {
  records: { type: 'string', default: '100000' },
  runs: { type: 'string', default: '200' },
  turns: { type: 'string', default: '5' },
  directory: { type: 'string' },
  keep: { type: 'boolean', default: false },
})
const root = values.directory ?? mkdtempSync(path.join(tmpdir(), 'muse-coord-ui-'))
const store = path.join(root, 'workspace')
const env = environmentWith(path.join(root, 'home'))
if (!existsSync(store)) {
  const now = Date.now()
  const standing = swarmRecords(Number(values.runs), now)
  const count = Number(values.records) - standing.length
  new FilledStore(root, count, standing, overRecords(count, now, OVER_TILL_NOW))
}

const started = performance.now()
const server = spawn(process.execPath, [...process.execArgv, EXECUTABLE, 'ui', '--json'], {
  cwd: store,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  const { origin, searchParams } = new URL(JSON.parse(line).link)
  const listening = performance.now() - started
  const cookie = `muse_coord_ui_${new URL(origin).port}=${searchParams.get('token')}`
  const get = async (page) => {
    const from = performance.now()
    const answer = await fetch(origin + page, { headers: { cookie } })
    const { length } = new Uint8Array(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`${page} was answered ${answer.status}`)
    return { milliseconds: performance.now() - from, length }
  }
  const stream = (await fetch(`${origin}/changes`, { headers: { cookie } })).body.getReader()
  const changed = async () => {
    while (!new TextDecoder().decode((await stream.read()).value).includes('event: change'));
  }
  /** A run reserves a file, and the page is asked for as soon as the server tells of a change. */
  const update = async (page, turn) => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    const directory = path.join(store, '.muse', 'coordination', 'reservations')
    mkdirSync(directory, { recursive: true })
    const id = `bench-${process.pid}-${turn}`
    const [at, until] = [Date.now(), Date.now() + 3600_000].map((time) => new Date(time).toISOString())
    const payload = { reservation_id: id, run_id: 'run-1', addresses: [`src/new_${turn}.py`] }
    const from = performance.now()
    writeFileSync(path.join(directory, `${id}.json`), JSON.stringify({ ...payload, created_at: at, expires_at: until }))
    await changed()
    await get(page)
    return performance.now() - from
  }
  const print = (what, samples, size = '') => {
    const { median, low, high } = summary(samples)
    process.stdout.write(
      `${what.padEnd(34)} ${median.toFixed(0).padStart(6)} ms (${low.toFixed(0)}–${high.toFixed(0)}) ${size}\n`,
    )
  }
  print('listens', [listening])
  print('first page', [(await get('/')).milliseconds])
  const hour = new Date(Date.now() - 6 * 3600_000).toISOString()
  const pages = [
    '/',
    '/holds',
    '/timeline',
    '/tasks',
    '/why?id=run-1',
    '/why?id=planner',
    `/holds?at=${hour}`,
    `/timeline?at=${hour}`,
  ]
  let turn = 0
  for (const page of pages) {
    const samples = []
    let length = 0
    for (let times = 0; times < Number(values.turns); times++) {
      const answer = await get(page)
      samples.push(answer.milliseconds)
      length = answer.length
    }
    print(page, samples, `${Math.round(length / 1000)} kB`)
    const updates = []
    for (let times = 0; times < Number(values.turns); times++) updates.push(await update(page, turn++))
    print('  after a change', updates)
  }
} finally {
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  await ended
  if (!values.keep && values.directory === undefined) rmSync(root, { recursive: true, force: true })
}
for (const [name, value] of Object.entries(describeMachine(tmpdir()))) process.stdout.write(`${name}: ${value}\n`)
