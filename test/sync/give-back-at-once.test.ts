import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { processMark } from '../../src/files/process-mark.js'
import {
  claim,
  enqueue,
  leave,
  mine,
  openSession,
  push,
  type ReserveRequest,
  release,
  reserve,
  type Session,
} from '../../src/index.js'
import { holdNotes, settleOpenHolds } from '../../src/sync/holding/exclusive-holds.js'
import { HoldNotes } from '../../src/workspace/holding/hold-notes.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, type FaultyHub } from '../support/faulty-hub.js'
import { createSwarm, type Swarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

afterEach(() => {
  jest.restoreAllMocks()
})

const RUN = { runId: 'agent-1', ttlSeconds: 600 }
const [FEW, MANY] = [8, 40]
/** A look at all of them for each one would be as many as there are, several times over. */
const LOOKS_A_RECORD = 40

async function sessionOf(env: Record<string, string> = {}): Promise<Session> {
  const directory = temporaryDirectory()
  fs.mkdirSync(`${directory}/.muse/coordination`, { recursive: true })
  return openSession({ directory, env })
}

async function reserveMany(session: Session, count: number, wish: Partial<ReserveRequest> = {}): Promise<void> {
  for (let n = 0; n < count; n++) await reserve(session, { ...RUN, addresses: [`f${n}.ts`], deny: true, ...wish })
}

async function claimMany(session: Session, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await enqueue(session, { title: `Port ${n}`, taskId: `t${n}` })
    await claim(session, { ...RUN, task: `t${n}` })
  }
}

/** A mark of this process, as one that had its number before would have made it. */
const DEAD_PROCESS = JSON.stringify({ ...JSON.parse(processMark()), started: '1' })

function requestsOf({ proxy }: Swarm, work: () => Promise<unknown>): Promise<number> {
  return countOf(proxy, work, () => true)
}

function pushesOf({ proxy }: Swarm, work: () => Promise<unknown>): Promise<number> {
  return countOf(proxy, work, ({ target }) => target === '/gabriel/muse/coord/push')
}

async function countOf(
  { requests }: FaultyHub,
  work: () => Promise<unknown>,
  isCounted: (request: FaultyHub['requests'][number]) => boolean,
): Promise<number> {
  requests.length = 0
  await work()
  return requests.filter(isCounted).length
}

function leaveAll(session: Session): Promise<unknown> {
  return leave(session, { runId: RUN.runId })
}

/** How often the file system is asked what lies under a name. */
async function looksOf(work: () => Promise<unknown>): Promise<number> {
  const look = jest.spyOn(fs, 'lstatSync')
  await work()
  const { length } = look.mock.calls
  look.mockRestore()
  return length
}

/** What each record costs beyond the first few. */
async function looksARecord(looksAt: (count: number) => Promise<number>): Promise<number> {
  return ((await looksAt(MANY)) - (await looksAt(FEW))) / (MANY - FEW)
}

describe('a run that holds much', () => {
  it.each([
    ['leaves', reserveMany, leaveAll],
    ['leaves its tasks', claimMany, leaveAll],
    ['releases all', reserveMany, (session: Session) => release(session, { ...RUN, reservations: null })],
    [
      'releases each by its id, as at the end of a turn',
      reserveMany,
      (session: Session) => {
        const ids = mine(session, RUN.runId).holds.map(({ recordId }) => recordId)
        return release(session, { ...RUN, reservations: ids })
      },
    ],
  ])('costs so many looks a record, however many there are, when it %s', async (_how, holdMany, giveBack) => {
    const looks = await looksARecord(async (count) => {
      const session = await sessionOf()
      await holdMany(session, count)
      const spent = await looksOf(() => giveBack(session))
      expect(mine(session, RUN.runId).holds).toEqual([])
      return spent
    })
    expect(looks).toBeLessThan(LOOKS_A_RECORD)
  })

  it('costs so many a record where its process has died', async () => {
    const looks = await looksARecord(async (count) => {
      const agent = spawn('sleep', ['600'])
      const ended = once(agent, 'exit')
      cleanUp(() => agent.kill('SIGKILL'))
      const { directory } = await sessionOf()
      await reserveMany(await openSession({ directory, env: { MUSE_COORD_PID: String(agent.pid) } }), count)
      agent.kill('SIGKILL')
      await ended
      const other = await openSession({ directory, env: {} })
      const wish = { addresses: ['f0.ts'], runId: 'agent-2', ttlSeconds: 600, deny: true }
      const spent = await looksOf(async () => expect(await reserve(other, wish)).toMatchObject({ status: 'ok' }))
      expect(mine(other, RUN.runId).holds).toEqual([])
      return spent
    })
    expect(looks).toBeLessThan(LOOKS_A_RECORD)
  })

  it.each([
    ['reserves', reserveMany],
    ['claims', claimMany],
  ])('tells a hub of all that it %s in one push', async (_what, holdMany) => {
    const swarm = await createSwarm()
    const [{ session }, other] = [await swarm.machine(), await swarm.machine()]
    await holdMany(session, FEW)
    expect(await pushesOf(swarm, () => leaveAll(session))).toBe(1)
    expect(mine(session, RUN.runId).holds).toEqual([])
    await other.pull()
    expect(mine(other.session, RUN.runId).holds).toEqual([])
  })

  it('gives back the claims that are its own where another run has one of them', async () => {
    const swarm = await createSwarm()
    const [{ session }, other] = [await swarm.machine(), await swarm.machine()]
    await claimMany(session, 4)
    await push(session)
    await other.pull()
    const taker = { ...RUN, runId: 'agent-2', task: 't2' }
    await claim(other.session, { ...taker, take: true })
    const { givenBack } = (await leaveAll(session)) as Awaited<ReturnType<typeof leave>>
    expect(givenBack.map(({ recordId, status }) => [recordId, status]).sort()).toEqual([
      ['t0', 'given_back'],
      ['t1', 'given_back'],
      ['t2', 'lost'],
      ['t3', 'given_back'],
    ])
    await other.pull()
    expect(mine(other.session, RUN.runId).holds).toEqual([])
    expect(mine(other.session, 'agent-2').holds).toMatchObject([{ recordId: 't2' }])
  })

  it('asks a hub that fails no more often for many claims than for one, and has given them back here', async () => {
    const askedInVain = async (count: number) => {
      const swarm = await createSwarm()
      const { session } = await swarm.machine()
      await claimMany(session, count)
      swarm.proxy.behave(answer(500, 'out of order'))
      const asked = await pushesOf(swarm, () => leaveAll(session))
      expect(mine(session, RUN.runId).holds).toEqual([])
      return asked
    }
    expect(await askedInVain(FEW)).toBe(await askedInVain(1))
  })
})

describe('holds that a hub has yet to decide', () => {
  const settleAt = async (count: number, isLost: boolean) => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    if (isLost) await reserveMany(other.session, count, { runId: 'agent-2' })
    await reserveMany(one.session, count, { isOffline: true })
    await one.push()
    let requests = 0
    const looks = await looksOf(async () => {
      requests = await requestsOf(swarm, async () => {
        expect(await settleOpenHolds(one.session)).toHaveLength(isLost ? count : 0)
      })
    })
    const states = holdNotes(one.session).map(({ state }) => state)
    expect(states).toEqual(Array.from({ length: count }, () => (isLost ? 'lost' : 'held')))
    return { looks, requests }
  }

  it.each([
    ['has', false],
    ['has not', true],
  ])('cost so many looks each and no request, however many there are, of what the run %s', async (_what, isLost) => {
    const [few, many] = [await settleAt(4, isLost), await settleAt(16, isLost)]
    expect((many.looks - few.looks) / 12).toBeLessThan(LOOKS_A_RECORD)
    expect(many.requests).toBe(few.requests)
  })

  it('are given back at the hub in one push where their process has died before it was told', async () => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    await reserveMany(one.session, FEW)
    const notes = new HoldNotes(one.session.workspace.repo)
    for (const note of notes.all()) notes.write({ ...note, state: 'undecided', process: DEAD_PROCESS })
    expect(await pushesOf(swarm, () => settleOpenHolds(one.session))).toBe(1)
    expect(notes.all()).toEqual([])
    await other.pull()
    expect(mine(other.session, RUN.runId).holds).toEqual([])
  })
})
