import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { beatForLiving } from '../../plugins/reserving/beat-for-living.js'
import { reserve } from '../../plugins/reserving/reserve.js'
import { claim } from '../../plugins/tasks/claim.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import { CLOCK } from '../../src/base/clock.js'
import { readLivingHolds, type Session } from '../../src/plugin.js'
import { type KeeperEvent, keep } from '../../src/sync/keeper.js'
import { KEEPER_DUTY, type KeeperDuty } from '../../src/sync/keeper-duty.js'
import { performDuties } from '../../src/sync/perform-duties.js'
import { readHolds } from '../../src/workspace/holds.js'
import { cleanUp } from '../support/clean-up.js'
import { git, repository } from '../support/git.js'
import { createMachine, type Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { StandingClock } from '../workspace/workspace-at.js'

const MINUTE = 60

/** A process that lives for as long as an agent program would. */
function agent(): ChildProcess {
  const child = spawn('sleep', ['600'])
  cleanUp(() => child.kill('SIGKILL'))
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function clocked(clock: StandingClock) {
  return [(container: Session['container']) => void container.register(CLOCK, { useValue: clock })]
}

/** The session of a run whose end is that of a process. */
function runOf({ session }: Machine, { pid }: ChildProcess, directory = session.directory): Session {
  return session.with({ directory, env: { ...session.env, MUSE_COORD_PID: String(pid) } })
}

const EDIT = { ttlSeconds: 15 * MINUTE, deny: true }

describe('what a run holds while its process lives', () => {
  it('is extended in its own place before it ends, and not that of others', async () => {
    const clock = new StandingClock(Date.now())
    const machine = await createMachine({ plugins: clocked(clock) })
    const { session, root } = machine
    const linked = path.join(temporaryDirectory(), 'linked')
    repository(root, { 'a.ts': 'a\n' })
    git(root, 'worktree', 'add', '--quiet', linked)
    await enqueue(session, { title: 'task', taskId: 'task' })
    const own = runOf(machine, agent(), linked)
    await reserve(own, { ...EDIT, addresses: ['a.ts'], runId: 'thinks' })
    await claim(own, { runId: 'thinks', ttlSeconds: 15 * MINUTE })
    const placeBefore = readHolds(session.workspace).map(({ place }) => place?.id)
    await reserve(session, { ...EDIT, addresses: ['b.ts'], runId: 'names-none' })
    const ends = () =>
      readHolds(session.workspace).map(({ what, until }) => [
        what,
        Math.round((until ?? 0) - clock.now()) / 1000 / MINUTE,
      ])
    clock.move(4 * MINUTE)
    await beatForLiving(session)
    expect(ends().sort()).toEqual([
      ['a.ts', 11],
      ['b.ts', 11],
      ['task', 11],
    ])
    clock.move(2 * MINUTE)
    await beatForLiving(session)
    expect(ends().sort()).toEqual([
      ['a.ts', 15],
      ['b.ts', 9],
      ['task', 15],
    ])
    for (let hours = 0; hours < 12; hours++) {
      clock.move(9 * MINUTE)
      await beatForLiving(session)
    }
    expect(ends().sort()).toEqual([
      ['a.ts', 15],
      ['task', 15],
    ])
    expect(readHolds(session.workspace).map(({ place }) => place?.id)).toEqual(placeBefore)
  })

  it('is given back by the keeper when it is dead', async () => {
    const machine = await createMachine()
    const child = agent()
    await reserve(runOf(machine, child), { ...EDIT, addresses: ['a.ts'], runId: 'thinks' })
    await performDuties(machine.session)()
    expect(readHolds(machine.session.workspace)).toHaveLength(1)
    await kill(child)
    expect(readLivingHolds(machine.session.workspace)).toEqual([])
    await performDuties(machine.session)()
    expect(readHolds(machine.session.workspace)).toEqual([])
  })

  it('is extended whatever keeps another run from its beat', async () => {
    const clock = new StandingClock(Date.now())
    const machine = await createMachine({ plugins: clocked(clock) })
    const child = agent()
    for (const runId of ['broken', 'whole'])
      await reserve(runOf(machine, child), { ...EDIT, addresses: [`${runId}.ts`], runId })
    machine.write({ 'heartbeats/broken.json': 'no beat' })
    clock.move(6 * MINUTE)
    const notes: string[] = []
    await beatForLiving(machine.session.with({ onNote: (note) => notes.push(note) }))
    const ends = readHolds(machine.session.workspace).map(({ what, until }) => [what, (until ?? 0) - clock.now()])
    expect(Object.fromEntries(ends)).toEqual({ 'broken.ts': 9 * MINUTE * 1000, 'whole.ts': 15 * MINUTE * 1000 })
    expect(notes).toEqual([expect.stringContaining('no beat for broken: ')])
  })

  it('is free on another machine fifteen minutes after its end where no keeper is left', async () => {
    const clock = new StandingClock(Date.now())
    const swarm = await createSwarm({ clock })
    const [first, second] = [
      await swarm.machine({ plugins: clocked(clock) }),
      await swarm.machine({ plugins: clocked(clock) }),
    ]
    const child = agent()
    await reserve(runOf(first, child), { ...EDIT, addresses: ['a.ts'], runId: 'thinks' })
    clock.move(14 * MINUTE)
    await beatForLiving(first.session)
    await kill(child)
    const ask = () => reserve(second.session, { ...EDIT, addresses: ['a.ts'], runId: 'waits' })
    clock.move(15 * MINUTE - 1)
    expect(await ask()).toMatchObject({ status: 'held', conflicts: [{ runId: 'thinks' }] })
    clock.move(1)
    expect(await ask()).toMatchObject({ status: 'ok', provisional: false })
  })
})

describe('the duties of a keeper', () => {
  /** A plugin's duty that counts, and does as it is told. */
  function counting(perform: () => Promise<void>) {
    const counted = { rounds: 0 }
    const duty: KeeperDuty = {
      perform() {
        counted.rounds++
        return perform()
      },
    }
    const plugin = (container: Session['container']) => void container.register(KEEPER_DUTY, { useValue: duty })
    return { counted, plugin }
  }

  it('go on after one that throws at once, which is told', async () => {
    const throwing = counting(() => {
      throw new Error('at once')
    })
    const next = counting(async () => {})
    const { session } = await createMachine({ plugins: [throwing.plugin, next.plugin] })
    const notes: string[] = []
    await performDuties(session.with({ onNote: (note) => notes.push(note) }))()
    expect([throwing.counted.rounds, next.counted.rounds]).toEqual([1, 1])
    expect(notes).toEqual([expect.stringContaining('at once')])
  })

  it('fail no keeper whose store cannot be looked at', async () => {
    const machine = await createMachine()
    const { root, session } = machine
    expect(session.workspace.repo.muse.isThere()).toBe(true)
    fs.renameSync(path.join(root, '.muse'), path.join(root, 'moved'))
    fs.symlinkSync('moved', path.join(root, '.muse'))
    const notes: string[] = []
    await performDuties(session.with({ onNote: (note) => notes.push(note) }))()
    expect(notes.join()).toContain('is a symbolic link')
  })

  it('are not begun by a keeper that cannot begin', async () => {
    const { counted, plugin } = counting(async () => {})
    const { session } = await createMachine({ plugins: [plugin] })
    await expect(keep(session, { onEvent() {} })).rejects.toMatchObject({ code: 'HUB_URL_MISSING' })
    // Long enough for a round that was begun.
    await new Promise((done) => setTimeout(done, 100))
    expect(counted.rounds).toBe(0)
  })
})

describe('a keeper that ends when nobody is alive', () => {
  it.each([
    ['an hour ahead of', 3600],
    ['an hour behind', -3600],
  ])('goes on for who holds something where its machine is %s the hub', async (_, seconds) => {
    const swarm = await createSwarm({ clock: { now: () => Date.now() - seconds * 1000 } })
    const machine = await swarm.machine()
    await enqueue(machine.session, { title: 'task', taskId: 'task' })
    await machine.push()
    await reserve(machine.session, { ...EDIT, addresses: ['a.ts'], runId: 'thinks' })
    const ending = new AbortController()
    const events: KeeperEvent['event'][] = []
    const session = machine.session.with({ signal: ending.signal })
    const kept = keep(session, { idleSeconds: 0.001, onEvent: ({ event }) => void events.push(event) })
    // It looks every second.
    await Promise.race([kept, new Promise((done) => setTimeout(done, 2500))])
    ending.abort()
    await kept
    expect(events).toContain('keeping')
    expect(events).not.toContain('idle')
  })
})

describe('a keeper that needs no hub', () => {
  it('sees to it who lives, and keeps the store in step once a hub is named', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const settings = path.join(machine.root, '.muse/config.toml')
    const withHub = fs.readFileSync(settings, 'utf8')
    fs.writeFileSync(settings, '')
    const child = agent()
    await reserve(runOf(machine, child), { ...EDIT, addresses: ['a.ts'], runId: 'thinks', isOffline: true })
    await kill(child)
    const ending = new AbortController()
    const events: KeeperEvent['event'][] = []
    const session = machine.session.with({ signal: ending.signal })
    const kept = keep(session, { needsNoHub: true, onEvent: ({ event }) => void events.push(event) })
    while (readHolds(machine.session.workspace).length > 0) await new Promise((done) => setTimeout(done, 20))
    fs.writeFileSync(settings, withHub)
    while (!events.includes('connected')) await new Promise((done) => setTimeout(done, 20))
    expect(events.filter((event) => event === 'keeping')).toHaveLength(2)
    ending.abort()
    await kept
  })
})
