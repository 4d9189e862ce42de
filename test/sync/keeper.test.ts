import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { doctor } from '../../src/index.js'
import { keeperFault } from '../../src/sync/keeper.js'
import { startKeeper } from '../../src/sync/start-keeper.js'
import { keeperOf } from '../../src/workspace/keeper-lock.js'
import { cleanUp } from '../support/clean-up.js'
import type { Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

const CLI = path.resolve('dist/cli.cjs')

/** `sync watch` of a machine as a process, and the events that it has printed. */
function watcher({ root, env }: Machine, ...flags: string[]) {
  const child = spawn(process.execPath, [CLI, 'sync', 'watch', '--json', ...flags], { cwd: root, env })
  cleanUp(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  const events = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).event as string)
  return { child, events, ended: exitOf(child) }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)))
}

async function until(isSo: () => boolean, what: string, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function twoMachines() {
  const swarm = await createSwarm()
  const [first, second] = [await swarm.machine(), await swarm.machine()]
  first.write(reservation('before'))
  await first.push()
  return { first, second }
}

describe('the keeper of a store', () => {
  it('is one process: the next stands by, and takes over when the first is killed', async () => {
    const { first, second } = await twoMachines()
    const one = watcher(first)
    await until(() => one.events().includes('keeping'), 'the first to keep')
    const two = watcher(first)
    await until(() => two.events().includes('standing_by'), 'the second to stand by')
    expect(keeperOf(first.session.workspace.repo)).toContain(`process ${one.child.pid}`)
    one.child.kill('SIGKILL')
    await until(() => two.events().includes('keeping'), 'the second to keep')
    expect(keeperOf(first.session.workspace.repo)).toContain(`process ${two.child.pid}`)
    first.write(reservation('later'))
    await until(() => two.events().includes('pushed'), 'the push')
    await second.pull()
    expect(second.pulled()).toContain('reservation/later')
    two.child.kill('SIGINT')
    expect(await two.ended).toBe(0)
    expect(keeperOf(first.session.workspace.repo)).toBeNull()
  })

  it('is one process also where several are started at once for the runs that work', async () => {
    const { first } = await twoMachines()
    const all = [1, 2, 3].map(() => watcher(first, '--until-idle', '60'))
    await until(() => all.filter(({ child }) => child.exitCode === 0).length === 2, 'the others to end')
    const [one] = all.filter(({ child }) => child.exitCode === null)
    expect(keeperOf(first.session.workspace.repo)).toContain(`process ${one?.child.pid}`)
  })

  it('lets a store that was removed be gone, and keeps it again when it is back', async () => {
    const { first, second } = await twoMachines()
    const one = watcher(first)
    await until(() => one.events().includes('connected'), 'the connection')
    // Nothing is under way.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const muse = path.join(first.root, '.muse')
    fs.renameSync(muse, `${muse}-away`)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(fs.existsSync(muse) ? fs.readdirSync(muse, { recursive: true }) : []).toEqual([])
    fs.renameSync(`${muse}-away`, muse)
    first.write(reservation('back'))
    second.write(reservation('meanwhile'))
    await second.push()
    await until(() => first.pulled().includes('reservation/meanwhile'), 'what came meanwhile')
    await until(() => one.events().includes('pushed'), 'what was written')
    expect(one.child.exitCode).toBeNull()
  })

  it('ends by itself when nobody is alive, and not before', async () => {
    const { first } = await twoMachines()
    const busy = watcher(first, '--until-idle', '2')
    await until(() => busy.events().includes('keeping'), 'the keeper')
    await new Promise((resolve) => setTimeout(resolve, 5000))
    // A reservation stands.
    expect(busy.child.exitCode).toBeNull()
    fs.rmSync(path.join(first.coordination, 'reservations'), { recursive: true })
    expect(await busy.ended).toBe(0)
    expect(busy.events().at(-1)).toBe('idle')
  })

  it('is left running by a call, once, and doctor tells of it and of why the last one ended', async () => {
    const { first } = await twoMachines()
    const { repo } = first.session.workspace
    const keeperLine = async () => {
      const { findings } = await doctor(first.session)
      return findings.find(({ check }) => check === 'keeper')
    }
    expect(await keeperLine()).toMatchObject({ isOk: true, message: 'no process keeps this store in step' })
    expect(startKeeper(first.session, [process.execPath, CLI])).toBe(true)
    await until(() => keeperOf(repo) !== null, 'the keeper')
    expect(startKeeper(first.session, [process.execPath, CLI])).toBe(false)
    const pid = Number(/process (\d+)/.exec(keeperOf(repo) ?? '')?.[1])
    expect(await keeperLine()).toMatchObject({ isOk: true, message: expect.stringContaining(`process ${pid} `) })
    process.kill(pid, 'SIGTERM')
    await until(() => keeperOf(repo) === null, 'its end')
    fs.rmSync(path.join(first.home, '.muse'), { recursive: true })
    expect(startKeeper(first.session, [process.execPath, CLI])).toBe(true)
    await until(() => keeperFault(repo) !== null && keeperOf(repo) === null, 'its end')
    expect(await keeperLine()).toMatchObject({ isOk: false, cure: 'muse-coord sync watch' })
  })
})
