import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { heartbeat, openSession, setRole } from '../../src/index.js'
import { coordError, openLeases } from '../../src/plugin.js'
import { lanesOf } from '../../src/ui/lanes.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { workspaceAt } from '../workspace/workspace-at.js'

/** Says no more of a lease than the guide's smallest does, and calls it by a note that may be missing. */
const REVIEW = `export default { api: '^1', kinds: [{
  name: 'review', directory: 'reviews', idField: 'review_id', runIdField: 'run_id', merge: 'lease', schema: { type: 'object' },
  expiresAt: ({ expires_at }) => expires_at ?? null,
  state: () => ({ payload, runId, lapsed, lapsesAt }) => ({
    state: payload.verdict ? 'done' : 'reviewing', isOver: lapsed || !!payload.verdict, what: '', runId, until: lapsesAt,
  }),
  *holds(records) {
    for (const { kind, recordId, runId, author, token, lapsesAt: until, lapsed, payload } of records.entries('review')) {
      if (lapsed || until === null) continue
      yield {
        kind, recordId, what: recordId, title: payload.note ?? '', runId, author, since: null, until, token, isExclusive: true,
      }
    }
  },
}] }`

let plugin: string

beforeEach(() => {
  plugin = path.join(temporaryDirectory(), 'review.mjs')
  fs.writeFileSync(plugin, REVIEW)
})

const wish = (recordId: string, runId: string, ttlSeconds = 120) => ({ kind: 'review', recordId, runId, ttlSeconds })

/** Leases of this store alone, by a clock of the test's own. */
async function alone() {
  const { root, clock } = await workspaceAt()
  const session = await openSession({ directory: root, env: {}, plugins: [plugin], clock })
  return { session, clock, leases: await openLeases(session) }
}

/** A store in which the run `a` has the review `pr-7`, which has no note. */
async function withReview(): Promise<Machine> {
  const machine = await createMachine({ plugins: [plugin] })
  await (await openLeases(machine.session)).acquire(wish('pr-7', 'a'))
  return machine
}

describe('a lease of a kind of somebody else’s', () => {
  it('is extended by a beat for as long as it was taken for', async () => {
    const { session, clock, leases } = await alone()
    await leases.acquire(wish('pr-7', 'a'))
    clock.move(60)
    const [renewed] = (await heartbeat(session, { runId: 'a' })).renewed
    expect(Date.parse(renewed?.until ?? '')).toBe(clock.now() + 120_000)
    // What one beat was told besides is no other length.
    await heartbeat(session, { runId: 'a', extensionSeconds: 600 })
    const [again] = (await heartbeat(session, { runId: 'a' })).renewed
    expect(Date.parse(again?.until ?? '')).toBe(clock.now() + 120_000)
    await leases.acquire(wish('pr-7', 'a', 300))
    const [longer] = (await heartbeat(session, { runId: 'a' })).renewed
    expect(Date.parse(longer?.until ?? '')).toBe(clock.now() + 300_000)
  })

  it('is held, and not lost, for who bears the name of another author’s run', async () => {
    const swarm = await createSwarm()
    const ada = await swarm.machine({ plugins: [plugin] })
    const bob = await swarm.machine({ signer: await swarm.hub.register('bob'), plugins: [plugin] })
    await (await openLeases(ada.session)).acquire(wish('pr-7', 'a'))
    await setRole(ada.session, 'bob', 'write')
    const theirs = await openLeases(bob.session)
    await theirs.refresh()
    await expect(theirs.acquire(wish('pr-7', 'a'))).rejects.toMatchObject({ code: 'RECORD_HELD', exitCode: 6 })
  })

  it('goes by its id where it has no title, in text and on the pages', async () => {
    const machine = await withReview()
    const status = await runCli(machine, ['status', '--plugin', plugin])
    expect(status.stdout).toMatch(/^pr-7 +a +in /m)
  })

  it('has an end on the timeline once it is over for good', async () => {
    const { session, clock, leases } = await alone()
    await leases.acquire(wish('pr-7', 'a'))
    clock.move(60)
    const fields = { verdict: 'approve' }
    await leases.release({ kind: 'review', recordId: 'pr-7', runId: 'a', forGood: true, fields })
    clock.move(600)
    const looked = await openSession({ directory: session.directory, env: {}, plugins: [plugin], clock })
    const [lane] = lanesOf(looked, { from: 0, to: Date.now() + 1000 })
    expect(lane?.bars).toMatchObject([{ recordId: 'pr-7', state: 'done', until: expect.any(String) }])
  })

  it('is taken from nobody by the verb of another kind, so no cure names that', async () => {
    const machine = await withReview()
    const wanted = ['run', '--reserve', 'pr-7', '--deny', '--run-id', 'b', '--json', '--plugin', plugin, '--', 'true']
    const refused = documentOf(await runCli(machine, wanted))
    expect(refused).toMatchObject({ status: 'held', hint: expect.stringMatching(/muse-coord wait :\/pr-7/) })
    expect(refused.hint).not.toContain('release')
    expect(coordError('RECORD_HELD', 'The review pr-7', 'a', 'until then').hint).not.toContain('release')
  })

  it('is told how its kind gets another merge rule, where somebody has fixed one before', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ 'reviews/n1.json': { review_id: 'n1', run_id: 'a' } })
    fs.writeFileSync(plugin, REVIEW.replace("'lease'", "'latest'"))
    expect(await runCli(machine, ['sync', 'push', '--plugin', plugin])).toMatchObject({ exitCode: 0 })
    machine.write({ 'reviews/n2.json': { review_id: 'n2', run_id: 'a' } })
    const corrected = path.join(path.dirname(plugin), 'corrected.mjs')
    fs.writeFileSync(corrected, REVIEW)
    const { exitCode, stderr } = await runCli(machine, ['sync', 'push', '--plugin', corrected])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('`muse-coord space kind review --merge lease`')
    expect(stderr).not.toContain('in their files')
    expect(await runCli(machine, ['space', 'kind', 'review', '--merge', 'lease'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(machine, ['sync', 'push', '--plugin', corrected])).toMatchObject({ exitCode: 0 })
  })
})
