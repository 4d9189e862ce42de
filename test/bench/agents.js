/**
 * `npm run bench:agents [-- --agents 50 --tasks 100 --runs 3]`: what it costs a program that so many agents work in it, each in a
 * workspace of its own on one hub, beside the same agents in one workspace. Each takes the next task, completes it and goes on
 * until there is none. CPU is that of the program, without the hub. Fails above three times.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { scriptFlags } from '../support/script-flags.js'
import { importLibrary } from './build.js'
import { MuseSpace } from './contenders/muse-space.js'
import { describeMachine } from './machine.js'
import { summary } from './statistics.js'

const MOST = 3

const USAGE = 'npm run bench:agents -- [--agents 50] [--tasks 100] [--runs 3]'
const values = scriptFlags(USAGE, {
  agents: { type: 'string', default: '50' },
  tasks: { type: 'string', default: '100' },
  runs: { type: 'string', default: '3' },
})
const [agents, tasks, runs] = [values.agents, values.tasks, values.runs].map(Number)
const { claim, complete, enqueue, openSession, push } = await importLibrary()
const samples = { one: [], each: [] }

for (let run = 0; run < runs; run++) {
  samples.one.push(await measure(1))
  samples.each.push(await measure(agents))
}

const [one, each] = [samples.one, samples.each].map((list) => summary(list.map(({ cpu }) => cpu)))
const ratio = each.median / one.median
process.stdout.write(`${agents} agents in one program, ${tasks} tasks, seconds of CPU, medians of ${runs} runs (lowest–highest):
in one workspace            ${figure(one)}
in ${agents} workspaces            ${figure(each)}: ${ratio.toFixed(2)} times
most memory of the program  ${Math.max(...[...samples.one, ...samples.each].map(({ megabytes }) => megabytes))} MB
${Object.entries(describeMachine(tmpdir()))
  .map(([name, value]) => `${name}: ${value}`)
  .join('\n')}
`)
if (ratio > MOST) {
  process.stderr.write(`❌ More than ${MOST} times.\n`)
  process.exitCode = 1
}

/** @param {number} workspaces among which the agents are divided */
async function measure(workspaces) {
  const directory = mkdtempSync(path.join(tmpdir(), 'muse-coord-agents-'))
  const space = await MuseSpace.open(directory)
  try {
    const places = Array.from({ length: workspaces }, (_, number) => path.join(directory, `agent-${number}`))
    for (const place of places) {
      mkdirSync(place)
      cpSync(path.join(space.writer, '.muse', 'config.toml'), path.join(place, '.muse', 'config.toml'))
      mkdirSync(path.join(place, '.muse', 'coordination'), { recursive: true })
    }
    const open = (number) => openSession({ directory: places[number % workspaces], env: space.env })
    const planner = await open(0)
    for (let number = 0; number < tasks; number++) await enqueue(planner, { title: `Task ${number}`, runId: 'planner' })
    await push(planner)
    const sessions = await Promise.all(Array.from({ length: agents }, (_, number) => open(number)))
    const before = process.cpuUsage()
    const done = await Promise.all(sessions.map((session, number) => work(session, `agent-${number}`)))
    const { user, system } = process.cpuUsage(before)
    const count = done.reduce((sum, one) => sum + one, 0)
    if (count !== tasks) throw new Error(`${count} of ${tasks} tasks were done`)
    return { cpu: (user + system) / 1e6, megabytes: Math.round(process.memoryUsage().rss / 1e6) }
  } finally {
    await space.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** @returns how many tasks the agent did */
async function work(session, runId) {
  for (let count = 0; ; count++) {
    try {
      const { taskId } = await claim(session, { runId, ttlSeconds: 600 })
      await complete(session, { runId, task: taskId })
    } catch (error) {
      if (error.code === 'NOTHING_TO_CLAIM') return count
      throw error
    }
  }
}

function figure({ median, low, high }) {
  return `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`
}
