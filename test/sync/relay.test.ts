import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { heartbeat } from '../../plugins/reserving/heartbeat.js'
import { release } from '../../plugins/reserving/release.js'
import { reserve } from '../../plugins/reserving/reserve.js'
import { claim } from '../../plugins/tasks/claim.js'
import { complete } from '../../plugins/tasks/complete.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import type { Fetch } from '../../src/hub-client/http-fetch.js'
import { FETCH } from '../../src/hub-client/hub-connector.js'
import { readHolds } from '../../src/workspace/holds.js'
import { isKeptElsewhere } from '../../src/workspace/keeper-lock.js'
import { Relay } from '../../src/workspace/relay/relayed.js'
import { cleanUp } from '../support/clean-up.js'
import type { Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'

const CLI = path.resolve('dist/cli.cjs')
const SECONDS = 900

/** How often the machine with the sandbox has tried the network. */
let attempts = 0

/** What a sandbox answers to those whom it keeps from the network. */
const closed: Fetch = async () => {
  attempts++
  throw Object.assign(new Error('connect EPERM 127.0.0.1:1337'), { code: 'EPERM', address: '127.0.0.1' })
}

/** A machine whose agent's shell has no network, and one that has, in a space with three tasks. */
async function sandboxAndOther() {
  const swarm = await createSwarm()
  const other = await swarm.machine()
  const sandbox = await swarm.machine({
    plugins: [(container) => void container.register<Fetch>(FETCH, { useValue: closed })],
  })
  for (const taskId of ['one', 'two', 'three']) await enqueue(other.session, { title: taskId, taskId })
  await other.push()
  return { sandbox, other, swarm }
}

/** Leaves a keeper of a machine's store running, outside of the sandbox. */
async function keeperOfStore({ root, env, session }: Machine) {
  const keeper = spawn(process.execPath, [CLI, 'sync', 'watch', '--json'], { cwd: root, env, stdio: 'ignore' })
  cleanUp(() => keeper.kill('SIGKILL'))
  const { repo } = session.workspace
  while (!isKeptElsewhere(repo) || !repo.sync.in('relay').isThere()) await new Promise((done) => setTimeout(done, 20))
  return keeper
}

describe('a shell that is kept from the network', () => {
  beforeEach(() => {
    attempts = 0
  })

  it('claims, beats, finishes and reserves by the word of the hub where a keeper runs', async () => {
    const { sandbox, other } = await sandboxAndOther()
    const { session } = sandbox
    await keeperOfStore(sandbox)
    await claim(other.session, { runId: 'theirs', task: 'one', ttlSeconds: SECONDS })
    await reserve(other.session, { addresses: ['src/a.ts'], runId: 'theirs', ttlSeconds: SECONDS, deny: true })

    await expect(claim(session, { runId: 'mine', task: 'one', ttlSeconds: SECONDS })).rejects.toMatchObject({
      code: 'RECORD_HELD',
    })
    const claimed = await claim(session, { runId: 'mine', ttlSeconds: SECONDS })
    expect(claimed).toMatchObject({ taskId: 'two', token: 1, provisional: false })
    const refused = await reserve(session, { addresses: ['src/a.ts'], runId: 'mine', ttlSeconds: SECONDS, deny: true })
    expect(refused).toMatchObject({ status: 'held', conflicts: [{ runId: 'theirs' }] })
    const held = await reserve(session, { addresses: ['src/b.ts'], runId: 'mine', ttlSeconds: SECONDS, deny: true })
    expect(held).toMatchObject({ status: 'ok', provisional: false })
    const beaten = await heartbeat(session, { runId: 'mine' })
    expect(beaten).toMatchObject({ status: 'ok', notRenewed: [] })
    expect(beaten.renewed.map(({ what }) => what).sort()).toEqual(['src/b.ts', 'two'])
    expect(await complete(session, { runId: 'mine', task: 'two', result: null })).toMatchObject({
      provisional: false,
    })

    await other.pull()
    const seen = readHolds(other.session.workspace).filter(({ runId }) => runId === 'mine')
    expect(seen.map(({ what, isExclusive }) => [what, isExclusive])).toEqual([['src/b.ts', true]])
    await release(session, { runId: 'mine', reservations: [held.reservationId as string], reason: null })
  })

  it('waits for a keeper that does not answer once, withdraws, and says what keeps it from the hub', async () => {
    const { sandbox } = await sandboxAndOther()
    const { session } = sandbox
    const keeper = await keeperOfStore(sandbox)
    keeper.kill('SIGSTOP')
    const wish = { addresses: ['src/a.ts'], runId: 'mine', ttlSeconds: SECONDS, deny: true }
    await expect(reserve(session, wish)).rejects.toMatchObject({
      code: 'LEASE_UNCONFIRMED',
      message: expect.stringContaining('The network is closed to this program'),
      hint: expect.stringContaining('muse-coord sync watch'),
    })
    // More of them would only make it wait longer.
    expect(attempts).toBe(1)
    expect(readHolds(session.workspace)).toEqual([])
    expect(new Relay(session.workspace.repo).asked()).toEqual([])
  })

  it('is refused at once without a keeper', async () => {
    const { sandbox } = await sandboxAndOther()
    const asked = claim(sandbox.session, { runId: 'mine', task: 'one', ttlSeconds: SECONDS })
    await expect(asked).rejects.toMatchObject({ code: 'LEASE_UNCONFIRMED' })
    expect(sandbox.session.workspace.repo.sync.in('relay').isThere()).toBe(false)
    expect(attempts).toBeGreaterThan(0)
  })
})

async function answerOf(relay: Relay, id: string) {
  for (;;) {
    const answer = relay.answered(id)
    if (answer !== null) return answer
    await new Promise((done) => setTimeout(done, 20))
  }
}

describe('the keeper', () => {
  it('answers whom it finds waiting when it begins, and removes what was left there before', async () => {
    const { sandbox, swarm } = await sandboxAndOther()
    const { repo } = sandbox.session.workspace
    const relay = new Relay(repo)
    for (const id of ['left', 'waiting']) {
      relay.ask(id, { url: `${swarm.url}/`, method: 'GET', headers: {}, body: null })
    }
    const before = new Date(Date.now() - 60_000)
    fs.utimesSync(path.join(repo.sync.path, 'relay/left.request.json'), before, before)
    await keeperOfStore(sandbox)
    expect(await answerOf(relay, 'waiting')).toMatchObject({ status: 200 })
    expect([relay.asked(), relay.answered('left')]).toEqual([[], null])
  })

  it('goes on where something else lies among the requests, and keeps no answer that nobody fetches', async () => {
    const { sandbox, swarm } = await sandboxAndOther()
    const keeper = await keeperOfStore(sandbox)
    const { repo } = sandbox.session.workspace
    const relay = new Relay(repo)
    const at = (name: string) => path.join(repo.sync.path, 'relay', name)
    const before = new Date(Date.now() - 60_000)
    fs.symlinkSync('/etc/hosts', at('link.request.json'))
    fs.mkdirSync(at('directory.request.json'))
    fs.utimesSync(at('directory.request.json'), before, before)
    relay.answer('killed', { fault: 'whoever asked is gone' })
    fs.utimesSync(at('killed.answer.json'), before, before)
    relay.ask('waiting', { url: `${swarm.url}/`, method: 'GET', headers: {}, body: null })
    const ended = once(keeper, 'exit').then(() => 'the keeper has ended')
    expect(await Promise.race([answerOf(relay, 'waiting'), ended])).toMatchObject({ status: 200 })
    expect(relay.answered('killed')).toBeNull()
  })

  it('asks for pushes and pulls of its own space and who the hub is, and for nothing else', async () => {
    const { sandbox, swarm } = await sandboxAndOther()
    await keeperOfStore(sandbox)
    const relay = new Relay(sandbox.session.workspace.repo)
    const answerTo = async (url: string) => {
      const id = randomUUID()
      relay.ask(id, { url, method: 'GET', headers: {}, body: null })
      return answerOf(relay, id)
    }
    // Nobody has signed it.
    expect(await answerTo(`${swarm.url}/gabriel/muse/coord/pull?since_id=0`)).toMatchObject({ status: 404 })
    expect(await answerTo(`${swarm.url}/`)).toMatchObject({ status: 200 })
    for (const url of [
      `${swarm.url}/gabriel/other/coord/pull`,
      `${swarm.url}/api/repos/gabriel/muse`,
      `${swarm.url}/gabriel/muse/coord/pull/../watch`,
      'http://127.0.0.1:1/gabriel/muse/coord/pull',
    ]) {
      expect(await answerTo(url)).toEqual({ fault: expect.stringContaining('does not ask') })
    }
  })
})
