import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  check,
  claim,
  complete,
  enqueue,
  fail,
  handover,
  heartbeat,
  leave,
  mine,
  openSession,
  release,
  reserve,
  run,
  type Session,
  status,
  tasks,
  wait,
} from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { StandingClock } from '../workspace/workspace-at.js'

let clock: StandingClock
let main: string
let linked: string

beforeEach(() => {
  clock = new StandingClock()
  const directory = temporaryDirectory()
  main = repository(`${directory}/repo`)
  fs.mkdirSync(`${main}/.muse/coordination`, { recursive: true })
  linked = `${directory}/two`
  git(main, 'worktree', 'add', '--quiet', '-b', 'two', linked)
})

const at = (directory: string, env: Record<string, string> = {}) => openSession({ directory, env, clock })

describe('two runs of one name', () => {
  it('are told apart by where they work, before the second one gets anything', async () => {
    await enqueue(await at(main), { title: 'Port', taskId: 't1' })
    await reserve(await at(main), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600 })
    const second = await at(linked)
    const refused = { code: 'NAMESAKE', exitCode: 6, message: expect.stringContaining('repo (main) on ') }
    await expect(reserve(second, { addresses: ['b.ts'], runId: 'agent-1', ttlSeconds: 600 })).rejects.toMatchObject(
      refused,
    )
    await expect(claim(second, { runId: 'agent-1', ttlSeconds: 600 })).rejects.toMatchObject(refused)
    await expect(heartbeat(second, { runId: 'agent-1' })).rejects.toMatchObject(refused)
    await expect(leave(second, { runId: 'agent-1' })).rejects.toMatchObject(refused)
    expect(check(second, { addresses: ['a.ts'], runId: 'agent-1' }).status).toBe('held')
    expect((await reserve(second, { addresses: ['b.ts'], runId: 'agent-2', ttlSeconds: 600 })).status).toBe('ok')
  })

  it.each([
    ['completed', (session: Session, resume: boolean) => complete(session, { runId: 'agent-1', task: 't1', resume })],
    ['failed', (session: Session, resume: boolean) => fail(session, { runId: 'agent-1', task: 't1', resume })],
    ['returned', (session: Session, resume: boolean) => handover(session, { runId: 'agent-1', task: 't1', resume })],
  ])(
    'are told apart where what one has is to be %s by the other, which says so if it is the same',
    async (status, end) => {
      await enqueue(await at(main), { title: 'Port', taskId: 't1' })
      await claim(await at(main), { runId: 'agent-1', task: 't1', ttlSeconds: 600 })
      await expect(end(await at(linked), false)).rejects.toMatchObject({
        ...{ code: 'NAMESAKE', exitCode: 6, message: expect.stringContaining('repo (main) on ') },
      })
      expect(tasks(await at(main))).toMatchObject([{ taskId: 't1', status: 'claimed' }])
      expect(await end(await at(linked), true)).toMatchObject({ status })
    },
  )

  it('are one that has moved, if it says so, and then the other place is told', async () => {
    const reserved = await reserve(await at(main), {
      addresses: ['a.ts'],
      runId: 'agent-1',
      ttlSeconds: 600,
      deny: true,
    })
    clock.move(1)
    const second = await at(linked)
    await reserve(second, { addresses: ['b.ts'], runId: 'agent-1', ttlSeconds: 600, resume: true })
    expect(check(second, { addresses: ['a.ts'], runId: 'agent-1' }).status).toBe('free')
    clock.move(1)
    const again = await reserve(second, { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600, deny: true })
    expect(again).toMatchObject({ status: 'ok', renewed: true, reservationId: reserved.reservationId })
    await expect(
      reserve(await at(main), { addresses: ['c.ts'], runId: 'agent-1', ttlSeconds: 600 }),
    ).rejects.toMatchObject({ code: 'NAMESAKE' })
  })

  it.each([
    ['addresses', 'reservation', 'b.ts'],
    ['a task', 'task', 't1'],
    ['a lease', 'claim', 'free'],
  ])('are one that has moved with a command that holds %s, and then the other place is told', async (_, kind, what) => {
    await enqueue(await at(main), { title: 'Port', taskId: 't1' })
    await reserve(await at(main), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600 })
    clock.move(1)
    const request = { holds: [{ kind, what: [what] }], command: ['true'], runId: 'agent-1', ttlSeconds: 60 }
    const second = await at(linked)
    await expect(run(second, request)).rejects.toMatchObject({
      code: 'NAMESAKE',
      hint: expect.stringMatching('--resume'),
    })
    expect(await run(second, { ...request, resume: true })).toMatchObject({ exitCode: 0, lost: false })
    clock.move(1)
    await expect(
      reserve(await at(main), { addresses: ['c.ts'], runId: 'agent-1', ttlSeconds: 600 }),
    ).rejects.toMatchObject({ code: 'NAMESAKE', message: expect.stringContaining('two (two) on ') })
  })

  it('are one that has moved with its task, and renews it and gives its addresses back where it is now', async () => {
    await enqueue(await at(main), { title: 'Port', taskId: 't1' })
    await claim(await at(main), { runId: 'agent-1', ttlSeconds: 600 })
    await reserve(await at(main), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600, deny: true })
    clock.move(1)
    const second = await at(linked)
    expect(await heartbeat(second, { runId: 'agent-1', resume: true })).toMatchObject({ status: 'ok', notRenewed: [] })
    expect(await claim(second, { runId: 'agent-1', ttlSeconds: 600 })).toMatchObject({ taskId: 't1', resumed: true })
    expect(await release(second, { runId: 'agent-1', reservations: ['a.ts'] })).toMatchObject([{ status: 'ok' }])
    expect(await complete(second, { runId: 'agent-1', task: 't1' })).toMatchObject({ status: 'completed' })
  })

  it('do no harm to each other when the first one has left', async () => {
    await reserve(await at(main), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600 })
    await leave(await at(main), { runId: 'agent-1' })
    expect((await reserve(await at(linked), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 600 })).status).toBe(
      'ok',
    )
  })
})

describe('the runs of an agent program’s session', () => {
  const session = 'claude-9f3c1a2b3c4d'

  it('are one in every tree, and under the name of another program that calls the same hook', async () => {
    await reserve(await at(main), { addresses: ['a.ts'], runId: session, ttlSeconds: 600, deny: true })
    const elsewhere = await at(linked)
    expect(check(elsewhere, { addresses: ['a.ts'], runId: 'copilot-9f3c1a2b3c4d' }).status).toBe('free')
    expect(
      (await reserve(elsewhere, { addresses: ['a.ts'], runId: session, ttlSeconds: 600, deny: true })).status,
    ).toBe('ok')
  })

  it('keep the subagents apart, and give the session what they hold', async () => {
    const here = await at(main)
    await reserve(here, { addresses: ['a.ts'], runId: `${session}_one`, ttlSeconds: 600, deny: true })
    const asks = (runId: string) => reserve(here, { addresses: ['a.ts'], runId, ttlSeconds: 600, deny: true })
    expect((await asks(`${session}_two`)).status).toBe('held')
    expect((await asks(session)).status).toBe('ok')
  })

  it('end with the session, and a subagent by itself', async () => {
    const here = await at(main)
    for (const [address, runId] of [
      ['a.ts', session],
      ['b.ts', `${session}_one`],
      ['c.ts', `${session}_two`],
    ] as const)
      await reserve(here, { addresses: [address], runId, ttlSeconds: 600 })
    const given = await leave(here, { runId: `${session}_one` })
    expect(given.givenBack.map(({ what }) => what)).toEqual([['b.ts']])
    expect((await leave(here, { runId: session })).givenBack).toHaveLength(2)
  })
})

describe('leave', () => {
  it('gives back what the run holds by records of every kind, and says goodbye', async () => {
    const here = await at(main)
    await enqueue(here, { title: 'Port', taskId: 't1' })
    await claim(here, { runId: 'agent-1', ttlSeconds: 600 })
    await reserve(here, { addresses: ['a.ts', 'b.ts'], runId: 'agent-1', ttlSeconds: 600, deny: true })
    await reserve(here, { addresses: ['c.ts'], runId: 'agent-2', ttlSeconds: 600 })
    clock.move(60)
    expect(await leave(here, { runId: 'agent-1', reason: 'half done' })).toMatchObject({
      known: true,
      givenBack: [
        { kind: 'reservation', what: ['a.ts', 'b.ts'], status: 'given_back' },
        { kind: 'claim', recordId: 't1', status: 'given_back' },
      ],
    })
    const { runs, holds } = await status(here)
    expect(runs.map(({ runId, state }) => [runId, state])).toEqual([
      ['agent-2', 'working'],
      ['agent-1', 'left'],
    ])
    expect(holds.map(({ what }) => what)).toEqual(['c.ts'])
    expect(tasks(here)).toMatchObject([{ status: 'pending', claim: { status: 'returned', error: 'half done' } }])
    expect(await leave(here, { runId: 'agent-1' })).toMatchObject({ givenBack: [] })
  })

  it('writes nothing for a run that nobody has heard of', async () => {
    const here = await at(main)
    expect(await leave(here, { runId: 'typo' })).toEqual({ runId: 'typo', givenBack: [], known: false })
    expect((await status(here)).runs).toEqual([])
  })
})

describe('a run that names its process', () => {
  it('is gone as soon as that has ended, and whoever comes next has what it held', async () => {
    const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const as = await at(main, { MUSE_COORD_PID: String(agent.pid) })
    await enqueue(as, { title: 'Port', taskId: 't1' })
    await claim(as, { runId: 'agent-1', ttlSeconds: 3600 })
    await reserve(as, { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 3600, deny: true })
    const other = await at(linked)
    expect(check(other, { addresses: ['a.ts'] }).status).toBe('held')
    expect((await status(other)).runs).toMatchObject([{ runId: 'agent-1', state: 'working', pid: agent.pid }])
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    const seen = await status(other)
    expect(seen.runs).toMatchObject([{ runId: 'agent-1', state: 'gone' }])
    expect(seen.attention).toMatchObject([{ what: 'run_gone', command: 'leave --run-id agent-1' }])
    expect(check(other, { addresses: ['a.ts'] }).status).toBe('free')
    const reserved = await reserve(other, { addresses: ['a.ts'], runId: 'agent-2', ttlSeconds: 600, deny: true })
    expect(reserved).toMatchObject({ status: 'ok', conflicts: [] })
    expect((await claim(other, { runId: 'agent-2', ttlSeconds: 600 })).taskId).toBe('t1')
  })
})

describe('a session that two hooks have named', () => {
  it('is one run in status, by whichever name, and its subagents are runs beside it', async () => {
    const here = await at(main)
    await reserve(here, { addresses: ['a.ts'], runId: 'claude-9f3c1a2b3c4d', ttlSeconds: 600 })
    await heartbeat(here, { runId: 'copilot-9f3c1a2b3c4d' })
    await reserve(here, { addresses: ['b.ts'], runId: 'claude-9f3c1a2b3c4d_child', ttlSeconds: 600 })
    const { runs } = await status(here)
    expect(runs).toMatchObject([
      { runId: 'claude-9f3c1a2b3c4d', state: 'working', reservations: 1, lastBeatAt: expect.any(String) },
      { runId: 'claude-9f3c1a2b3c4d_child', state: 'working', reservations: 1 },
    ])
  })
})

describe('what a run holds', () => {
  it('is told with how long it is left, what ends first before the rest, and nothing of others', async () => {
    const here = await at(main)
    await enqueue(here, { title: 'Port', taskId: 't1' })
    await claim(here, { runId: 'agent-1', ttlSeconds: 900 })
    await reserve(here, { addresses: ['a.ts', 'b.ts'], runId: 'agent-1', ttlSeconds: 600, deny: true })
    await reserve(here, { addresses: ['c.ts'], runId: 'agent-2', ttlSeconds: 600 })
    clock.move(60)
    expect(mine(here, 'agent-1')).toMatchObject({
      holds: [
        { kind: 'reservation', what: ['a.ts', 'b.ts'], secondsLeft: 540, exclusive: true, state: 'held' },
        { kind: 'claim', what: ['t1'], title: 'Port', secondsLeft: 840, state: 'held' },
      ],
      lost: [],
    })
    expect(mine(await at(linked), 'agent-1').holds).toEqual([])
    expect(mine(here, 'agent-3')).toEqual({ runId: 'agent-3', holds: [], lost: [] })
  })
})

describe('a beat', () => {
  it('extends a claim by the length it was taken for, however often', async () => {
    const here = await at(main)
    await enqueue(here, { title: 'Port', taskId: 't1' })
    await claim(here, { runId: 'agent-1', ttlSeconds: 600 })
    for (const _ of [1, 2, 3]) {
      clock.move(300)
      const { renewed } = await heartbeat(here, { runId: 'agent-1' })
      expect(Date.parse(String(renewed[0]?.until)) - clock.now()).toBe(600_000)
    }
  })

  it('takes an address of what it extends, as it is typed where one stands', async () => {
    fs.mkdirSync(`${main}/src`)
    const here = await at(`${main}/src`)
    const { reservationId } = await reserve(here, { addresses: ['a.ts', 'b.ts'], runId: 'agent-1', ttlSeconds: 600 })
    await reserve(here, { addresses: ['c.ts'], runId: 'agent-1', ttlSeconds: 600 })
    await reserve(here, { addresses: ['d.ts'], runId: 'agent-2', ttlSeconds: 600 })
    clock.move(60)
    const beat = (reservation: string) => heartbeat(here, { runId: 'agent-1', reservationId: reservation })
    expect(await beat('b.ts')).toMatchObject({
      status: 'ok',
      renewed: [{ recordId: reservationId, what: expect.any(String) }],
    })
    expect(await beat('cc.ts')).toMatchObject({ status: 'not_found', nearest: 'src/c.ts' })
    await expect(beat('d.ts')).rejects.toMatchObject({ code: 'RECORD_HELD', exitCode: 6 })
  })
})

describe('a run whose process ends while another one waits', () => {
  const agentAt = async (directory: string) => {
    const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const end = async () => {
      agent.kill('SIGKILL')
      await once(agent, 'exit')
    }
    return { as: await at(directory, { MUSE_COORD_PID: String(agent.pid) }), end }
  }

  it('lets go of it within seconds, for who waits and for who waits to have it', async () => {
    const { as, end } = await agentAt(main)
    await enqueue(as, { title: 'Port', taskId: 't1' })
    await claim(as, { runId: 'agent-1', ttlSeconds: 3600 })
    const held = { addresses: ['a.ts'], ttlSeconds: 3600, deny: true }
    const { reservationId } = await reserve(as, { ...held, runId: 'agent-1' })
    const waiting = Promise.all([
      wait(await at(linked), { ids: ['a.ts'], runId: 'agent-2', timeoutSeconds: 20 }),
      reserve(await at(linked), { ...held, runId: 'agent-3', wait: true, timeoutSeconds: 20 }),
      claim(await at(linked), { runId: 'agent-4', ttlSeconds: 600, wait: true, timeoutSeconds: 20 }),
    ])
    await end()
    const [ended, reserved, claimed] = await waiting
    expect(ended).toMatchObject([{ id: reservationId, status: 'released', runId: 'agent-1' }])
    expect(reserved).toMatchObject({ status: 'ok', conflicts: [] })
    expect(claimed).toMatchObject({ taskId: 't1' })
  })

  it('has let go of it before a wait that begins later looks', async () => {
    const { as, end } = await agentAt(main)
    const { reservationId } = await reserve(as, { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 3600, deny: true })
    await end()
    const waited = await wait(await at(linked), { ids: [String(reservationId)], timeoutSeconds: 1 })
    expect(waited).toMatchObject([{ status: 'released' }])
    expect((await status(await at(linked))).holds).toEqual([])
  })
})

describe('release', () => {
  const hold = async (runId: string, ...addresses: string[]) =>
    reserve(await at(main), { addresses, runId, ttlSeconds: 3600, deny: true })

  it('takes addresses as they are typed where one stands', async () => {
    fs.mkdirSync(`${main}/src`)
    await hold('agent-1', 'src/a.ts')
    await hold('agent-2', 'src/b.ts')
    const released = await release(await at(`${main}/src`), { runId: 'agent-1', reservations: ['a.ts'] })
    expect(released).toMatchObject([{ status: 'ok', addresses: ['src/a.ts'] }])
    expect((await status(await at(main))).holds.map(({ what }) => what)).toEqual(['src/b.ts'])
  })

  it('gives back no more than was named, and names the nearest of what is there', async () => {
    const here = await at(main)
    await hold('agent-1', 'a.ts', 'b.ts')
    await expect(release(here, { runId: 'agent-1', reservations: ['a.ts'] })).rejects.toMatchObject({
      code: 'ARGUMENTS',
      message: expect.stringContaining('holds b.ts too'),
    })
    await expect(release(here, { runId: 'agent-1', reservations: ['a.tsx'] })).rejects.toMatchObject({
      code: 'RECORD_UNKNOWN',
      message: expect.stringContaining('the nearest: a.ts'),
    })
    expect(await release(here, { runId: 'agent-1', reservations: ['a.ts', 'b.ts'] })).toHaveLength(1)
  })

  it('needs force for what another run has, and a reason with it', async () => {
    const here = await at(main)
    await hold('agent-1', 'a.ts')
    const request = { runId: 'agent-2', reservations: ['a.ts'] }
    await expect(release(here, request)).rejects.toMatchObject({ code: 'RECORD_HELD', exitCode: 6 })
    await expect(release(here, { ...request, force: true })).rejects.toMatchObject({ code: 'FLAG_MISSING' })
    const forced = await release(here, { ...request, force: true, reason: 'agent-1 hangs' })
    expect(forced).toMatchObject([{ takenFrom: 'agent-1', believedUntil: expect.any(String), freeAt: null }])
    expect(check(here, { addresses: ['a.ts'] }).status).toBe('free')
    expect((await status(here, { runId: 'agent-1' })).attention).toMatchObject([
      { what: 'taken', message: 'agent-2 has taken a.ts from agent-1: agent-1 hangs' },
    ])
  })
})

describe('release by force in a space of somebody else', () => {
  const as = (handle: string) =>
    openSession({
      ...{ directory: main, env: {}, clock, hub: 'https://hub.example.com', owner: 'gabriel', slug: 'repo' },
      identity: {
        ...{ host: 'hub.example.com', handle, type: 'agent', fingerprint: '', keyPath: '' },
        privateKey: generateKeyPairSync('ed25519').privateKey,
      },
    })
  const request = { runId: 'agent-2', reservations: ['a.ts'], force: true, reason: 'it hangs' }

  beforeEach(async () => {
    await reserve(await at(main), { addresses: ['a.ts'], runId: 'agent-1', ttlSeconds: 3600 })
  })

  it('takes nothing from a run that is alive', async () => {
    clock.move(600)
    await expect(release(await as('alice'), request)).rejects.toMatchObject({ code: 'RUN_ALIVE', exitCode: 6 })
  })

  it('takes from a run that is late at its end, and lets it renew no more', async () => {
    clock.move(2500)
    const alice = await as('alice')
    const end = (await status(alice)).holds[0]?.until
    expect(await release(alice, request)).toMatchObject([{ status: 'ok', freeAt: end }])
    expect(check(alice, { addresses: ['a.ts'] }).status).toBe('held')
    expect(await heartbeat(await at(main), { runId: 'agent-1' })).toMatchObject({
      renewed: [],
      notRenewed: [{ what: 'a.ts', reason: 'taken', until: end }],
    })
    clock.move(1100)
    expect(check(alice, { addresses: ['a.ts'] }).status).toBe('unknown')
  })

  it('takes for the owner at once', async () => {
    expect(await release(await as('gabriel'), request)).toMatchObject([{ status: 'ok', freeAt: null }])
    expect(check(await as('alice'), { addresses: ['a.ts'] }).status).toBe('unknown')
  })
})

describe('claim', () => {
  it('first gives what the run has already, and another only when it is asked for', async () => {
    const here = await at(main)
    for (const taskId of ['t1', 't2', 't3']) await enqueue(here, { title: taskId, taskId, queue: taskId })
    const asks = (more: object = {}) => claim(here, { runId: 'agent-1', ttlSeconds: 600, ...more })
    expect(await asks()).toMatchObject({ taskId: 't1', resumed: false, renewed: false })
    clock.move(60)
    expect(await asks()).toMatchObject({ taskId: 't1', resumed: true, renewed: true })
    expect(await asks({ another: true })).toMatchObject({ taskId: 't2', resumed: false })
    expect(await asks({ queues: ['t3'] })).toMatchObject({ taskId: 't3', resumed: false })
    await complete(here, { runId: 'agent-1', task: 't1' })
    expect(await asks({ queues: ['t2', 't1'] })).toMatchObject({ taskId: 't2', resumed: true })
  })

  it('takes a task from another run where that may be, and tells that one that it has lost it', async () => {
    const here = await at(main)
    await enqueue(here, { title: 'Port', taskId: 't1' })
    await claim(here, { runId: 'agent-1', task: 't1', ttlSeconds: 600 })
    await expect(claim(here, { runId: 'agent-2', task: 't1', ttlSeconds: 600 })).rejects.toMatchObject({ exitCode: 6 })
    const taken = await claim(here, { runId: 'agent-2', task: 't1', ttlSeconds: 600, take: true })
    const first = { runId: 'agent-1', status: 'taken', takenBy: 'agent-2', error: null }
    expect(taken).toMatchObject({ taskId: 't1', runId: 'agent-2', renewed: false, attempts: [first] })
    await expect(complete(here, { runId: 'agent-1', task: 't1' })).rejects.toMatchObject({ exitCode: 7 })
    await fail(here, { runId: 'agent-2', task: 't1', retry: true, error: 'no compiler' })
    const second = { runId: 'agent-2', status: 'returned', takenBy: null, error: 'no compiler' }
    expect(await claim(here, { runId: 'agent-1', task: 't1', ttlSeconds: 600 })).toMatchObject({
      attempts: [first, second],
    })
    expect(here.workspace.view.named('claim', 't1')?.payload).not.toHaveProperty('taken_by')
    expect(here.workspace.view.named('claim', 't1')?.payload).toMatchObject({
      attempts: [{ run_id: 'agent-1', status: 'taken', taken_by: 'agent-2' }, { run_id: 'agent-2' }],
    })
  })

  it('takes none from a run that is alive, in a space of somebody else', async () => {
    const here = await at(main)
    await enqueue(here, { title: 'Port', taskId: 't1' })
    await claim(here, { runId: 'agent-1', task: 't1', ttlSeconds: 600 })
    const others = await openSession({ directory: main, env: {}, clock, owner: 'gabriel' })
    await expect(
      claim(others, { runId: 'agent-2', task: 't1', ttlSeconds: 600, take: true, isOffline: true }),
    ).rejects.toMatchObject({ code: 'RUN_ALIVE' })
  })
})

describe('wait', () => {
  it('takes addresses from where they are typed, and what meets them', async () => {
    fs.mkdirSync(`${main}/src`)
    const here = await at(`${main}/src`)
    await reserve(await at(main), { addresses: ['src/**'], runId: 'agent-1', ttlSeconds: 600 })
    await reserve(await at(main), { addresses: ['src/a.ts'], runId: 'agent-2', ttlSeconds: 600 })
    const request = { ids: ['./a.ts'], runId: 'agent-2', timeoutSeconds: 0 }
    await expect(wait(here, request)).rejects.toMatchObject({ exitCode: 8 })
    await release(here, { runId: 'agent-1', reservations: null })
    expect(await wait(here, request)).toEqual([])
    expect(await wait(here, { ids: ['b.ts'], timeoutSeconds: 0 })).toEqual([])
  })
})
