import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { claim, enqueue, leave, mine, openSession, release, reserve, type Session } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { createSwarm } from '../support/swarm.js'
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

async function reserveMany(session: Session, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await reserve(session, { ...RUN, addresses: [`f${n}.ts`], deny: true })
}

async function claimMany(session: Session, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await enqueue(session, { title: `Port ${n}`, taskId: `t${n}` })
    await claim(session, { ...RUN, task: `t${n}` })
  }
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

  it('tells a hub of all of it in one push', async () => {
    const swarm = await createSwarm()
    const [{ session }, other] = [await swarm.machine(), await swarm.machine()]
    await reserveMany(session, FEW)
    swarm.proxy.requests.length = 0
    await leaveAll(session)
    const pushes = swarm.proxy.requests.filter(({ method }) => method === 'POST')
    expect(pushes.map(({ target }) => target)).toEqual(['/gabriel/muse/coord/push'])
    await other.pull()
    expect(mine(other.session, RUN.runId).holds).toEqual([])
  })
})
