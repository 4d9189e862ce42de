import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Hold } from '../../src/plugin.js'
import { keep } from '../../src/sync/keeper.js'
import { cleanUp } from '../support/clean-up.js'
import { git, repository } from '../support/git.js'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const STORE = '.muse/coordination'
const FAR = '2099-01-01T00:00:00Z'
const PAST = '2026-01-01T00:00:00Z'

type Records = Readonly<Record<string, object>>

/** A clone of a repository in which somebody has committed these records, on a machine that knows a hub. */
async function cloneWith(records: Records) {
  const swarm = await createSwarm()
  const machine = await swarm.machine()
  const origin = repository(path.join(temporaryDirectory(), 'origin'))
  commit(origin, records)
  const clone = path.join(temporaryDirectory(), 'clone')
  git(origin, 'clone', '--quiet', origin, clone)
  return { swarm, machine, origin, clone }
}

function commit(origin: string, records: Records): void {
  for (const [name, payload] of Object.entries(records)) {
    const file = path.join(origin, STORE, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, JSON.stringify(payload))
  }
  git(origin, 'add', '--all', '--force')
  git(origin, 'commit', '--quiet', '--message', 'Records')
}

function held(recordId: string, address: string, fields: object = {}) {
  const dates = { created_at: PAST, expires_at: FAR }
  return {
    reservation_id: recordId,
    run_id: `run-${recordId}`,
    addresses: [address],
    exclusive: true,
    ...dates,
    ...fields,
  }
}

async function holdsIn(machine: Machine, directory: string): Promise<readonly Pick<Hold, 'recordId' | 'author'>[]> {
  const { holds } = documentOf(await runCli(machine, ['status', '--json'], { directory })) as {
    holds: { record_id: string; author: string | null }[]
  }
  return holds.map(({ record_id: recordId, author }) => ({ recordId, author }))
}

const check = (machine: Machine, directory: string, address: string) =>
  runCli(machine, ['check', address, '--run-id', 'me', '--json'], { directory })

describe('records that came with a clone', () => {
  it('count as held, by whoever committed them, until somebody here takes them away', async () => {
    const { machine, clone } = await cloneWith({ 'reservations/r1.json': held('r1', 'src/a.ts') })
    expect((await check(machine, clone, 'src/a.ts')).exitCode).toBe(6)
    expect(await holdsIn(machine, clone)).toEqual([{ recordId: 'r1', author: '.git' }])
    const release = ['release', 'r1', '--force', '--reason', 'nobody of ours', '--run-id', 'me']
    expect((await runCli(machine, release, { directory: clone })).exitCode).toBe(0)
    expect((await check(machine, clone, 'src/a.ts')).exitCode).toBe(0)
  })

  it('end, replace and shorten nothing that somebody here has, or that came from the hub', async () => {
    const { swarm, machine, origin, clone } = await cloneWith({ 'tasks/t1.json': { task_id: 't1', run_id: 'x' } })
    const flags = ['--hub', swarm.url, '--owner', 'gabriel', '--slug', 'muse']
    const writer = await swarm.machine()
    writer.write({
      'reservations/pulled.json': held('pulled', 'src/pulled.ts'),
      'reservations/moved.json': held('moved', 'src/moved.ts'),
    })
    await writer.push()
    await runCli(machine, ['sync', 'pull', ...flags], { directory: clone })
    const mine = ['reserve', 'src/mine.ts', '--deny', '--offline', '--run-id', 'mine', '--json']
    const { reservation_id: id } = documentOf(await runCli(machine, mine, { directory: clone })) as {
      reservation_id: string
    }
    const release = (of: string, fields: object = {}) => ({
      ...{ release_id: `x-${of}`, reservation_id: of, run_id: `run-${of}`, released_at: PAST, ...fields },
    })
    commit(origin, {
      'releases/one.json': release('pulled'),
      'releases/two.json': release('pulled', { run_id: 'x', forced: true }),
      'releases/three.json': release(id, { run_id: 'mine' }),
      'reservations/moved.json': held('moved', 'src/elsewhere.ts'),
      'reservations/other.json': held('pulled', 'src/other.ts', { expires_at: PAST }),
      'heartbeats/run-pulled.json': {
        run_id: 'run-pulled',
        last_beat_at: PAST,
        left_at: PAST,
      },
    })
    git(clone, 'pull', '--quiet')
    for (const address of ['src/pulled.ts', 'src/moved.ts', 'src/mine.ts'])
      expect([address, (await check(machine, clone, address)).exitCode]).toEqual([address, 6])
    expect((await runCli(machine, ['status'], { directory: clone })).stdout).not.toContain('has taken')
    const authors = new Map((await holdsIn(machine, clone)).map(({ recordId, author }) => [recordId, author]))
    expect(authors).toEqual(
      new Map([
        ['pulled', 'gabriel'],
        ['moved', 'gabriel'],
        [id, null],
      ]),
    )
  })

  it('keep no process running, and neither does what nobody has written of for a day or is dated ahead', async () => {
    const { machine, clone } = await cloneWith({
      'reservations/r1.json': held('r1', 'src/a.ts'),
      'claims/t1.json': { task_id: 't1', claimer_run_id: 'x', status: 'claimed', expires_at: FAR },
    })
    const session = machine.session.with({ directory: clone })
    cleanUp(() => session.close())
    for (const [name, days] of [
      ['old', -2],
      ['ahead', 400],
    ] as const) {
      const file = path.join(clone, STORE, 'reservations', `${name}.json`)
      fs.writeFileSync(file, JSON.stringify(held(name, `src/${name}.ts`)))
      const at = Date.now() / 1000 + days * 86_400
      fs.utimesSync(file, at, at)
    }
    const events: string[] = []
    await keep(session, { idleSeconds: 0.2, needsNoHub: true, onEvent: ({ event }) => events.push(event) })
    expect(events).toEqual(['keeping', 'idle'])
    expect((await check(machine, clone, 'src/a.ts')).exitCode).toBe(6)
  })

  it('are claimed, renewed and completed as any other where a run rewrites them', async () => {
    const claim = { task_id: 't1', claimer_run_id: 'x', status: 'claimed', claimed_at: PAST, expires_at: PAST }
    // A run's name is taken by no file either.
    const mine = held('r1', 'src/b.ts', { run_id: 'me' })
    const { swarm, machine, clone } = await cloneWith({ 'claims/t1.json': claim, 'reservations/r1.json': mine })
    const writer = await swarm.machine()
    writer.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'w' } })
    await writer.push()
    const inClone = (...argv: string[]) => runCli(machine, [...argv, '--json'], { directory: clone })
    await inClone('init', '--hub', swarm.url, '--owner', 'gabriel', '--slug', 'muse')
    const me = ['--run-id', 'me']
    const words = [
      ['sync', 'pull'],
      ['claim', 't1', ...me],
      ['sync', 'pull'],
      ['claim', 't1', ...me],
      ['heartbeat', ...me],
    ]
    for (const argv of [...words, ['reserve', 'src/a.ts', ...me], ['complete', 't1', ...me]])
      expect([argv, (await inClone(...argv)).exitCode]).toEqual([argv, 0])
  })

  it('speak of no task but those that came with them, and give nobody a lease', async () => {
    const claim = (id: string, fields: object) => ({ task_id: id, claimer_run_id: 'me', claimed_at: PAST, ...fields })
    const done = { status: 'completed', ended_at: PAST, expires_at: null, lease: { token: 1, revision: 99 } }
    const { swarm, machine, clone } = await cloneWith({
      'tasks/theirs.json': { task_id: 'theirs', run_id: 'x', title: 'Theirs' },
      'claims/theirs.json': claim('theirs', done),
      'claims/t1.json': claim('t1', done),
      'claims/t2.json': claim('t2', { status: 'claimed', expires_at: FAR, lease: { token: 1, revision: 99 } }),
      'claims/t3.json': claim('t3', { claimer_run_id: 'x', status: 'claimed', expires_at: FAR }),
      'claims/t4.json': claim('t4', {
        status: 'returned',
        expires_at: PAST,
        attempts: [{ run_id: 'x' }, { run_id: 'y' }],
      }),
      'heartbeats/me.json': { run_id: 'me', last_beat_at: PAST, left_at: PAST },
    })
    const writer = await swarm.machine()
    const ids = ['t1', 't2', 't3', 't4']
    writer.write(
      Object.fromEntries(ids.map((id) => [`tasks/${id}.json`, { task_id: id, run_id: 'w', max_attempts: 2 }])),
    )
    await writer.push()
    const inClone = async (...argv: string[]) =>
      documentOf(await runCli(machine, [...argv, '--json'], { directory: clone }))
    await inClone('init', '--hub', swarm.url, '--owner', 'gabriel', '--slug', 'muse')
    await inClone('sync', 'pull')
    const { tasks } = (await inClone('tasks', '--status', 'pending')) as { tasks: { task_id: string }[] }
    expect(tasks.map(({ task_id: id }) => id).sort()).toEqual(ids)
    expect(await holdsIn(machine, clone)).toEqual([])
    expect(await inClone('claim', '--run-id', 'me')).toMatchObject({ resumed: false })
    for (const id of ids)
      expect(await inClone('claim', id, '--run-id', 'me')).toMatchObject({ task_id: id, attempts: [] })
    for (const id of ids) expect(await inClone('complete', id, '--run-id', 'me')).toMatchObject({ status: 'completed' })
  })

  it('are those of a team, too, that commits what its own runs have claimed', async () => {
    const { swarm, machine, clone } = await cloneWith({ 'tasks/t1.json': { task_id: 't1', run_id: 'w' } })
    const writer = await swarm.machine()
    writer.write({ 'tasks/t2.json': { task_id: 't2', run_id: 'w' } })
    await writer.push()
    const inClone = async (...argv: string[]) => runCli(machine, [...argv, '--run-id', 'me'], { directory: clone })
    await runCli(machine, ['init', '--hub', swarm.url, '--owner', 'gabriel', '--slug', 'muse'], { directory: clone })
    for (const [id, commits] of [
      ['t1', ['claim', 'complete']],
      ['t2', ['claim', 'complete']],
      ['t1', []],
    ] as const) {
      for (const argv of [['claim', id], ['claim', id], ['heartbeat'], ['complete', id]]) {
        const ended = await inClone(...argv)
        // What is finished is claimed by nobody.
        const isFinished = commits.length === 0 && argv[0] === 'claim'
        expect([argv, ended.exitCode]).toEqual([argv, isFinished ? 4 : 0])
        if (!commits.some((word) => word === argv[0])) continue
        git(clone, 'add', '--all', '--force', `${STORE}/claims`, `${STORE}/tasks`)
        git(clone, 'commit', '--quiet', '--message', 'Claims')
        fs.rmSync(path.join(clone, STORE, '.sync'), { recursive: true })
      }
    }
  })

  it('are held where a run is at a task that came with them, until somebody takes it', async () => {
    const { machine, clone } = await cloneWith({
      'tasks/t1.json': { task_id: 't1', run_id: 'x' },
      'claims/t1.json': { task_id: 't1', claimer_run_id: 'x', status: 'claimed', expires_at: FAR },
    })
    const claim = (...argv: string[]) =>
      runCli(machine, ['claim', 't1', '--run-id', 'me', ...argv], { directory: clone })
    expect((await claim()).exitCode).toBe(6)
    expect((await claim('--take')).exitCode).toBe(0)
    expect((await runCli(machine, ['complete', 't1', '--run-id', 'me'], { directory: clone })).exitCode).toBe(0)
  })

  it('end what came with them', async () => {
    const { machine, clone } = await cloneWith({
      'reservations/r1.json': held('r1', 'src/a.ts'),
      'releases/x.json': { release_id: 'x', reservation_id: 'r1', run_id: 'run-r1', released_at: PAST },
    })
    expect((await check(machine, clone, 'src/a.ts')).exitCode).toBe(0)
  })
})
