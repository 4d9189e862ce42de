import { describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/index.js'
import { defineKind, type LeaseAnswer, openLeases } from '../../src/plugin.js'
import { type TestWorkspace, workspaceAt } from './workspace-at.js'

/** A kind of somebody else: nothing but the merge rule keeps two runs apart. */
const lock = defineKind<{ lock_id: string; run_id: string; expires_at: string | null }>({
  name: 'lock',
  directory: 'locks',
  idField: 'lock_id',
  runIdField: 'run_id',
  schema: { type: 'object' },
  merge: 'lease',
  expiresAt: (payload) => payload.expires_at,
})

const GIVEN_BACK = '1970-01-01T00:00:00Z'

interface Asking {
  /** ISO 8601; `null`: for good; left out: a minute from now. */
  expiresAt?: string | null
  givesBack?: boolean
}

/** What a run hears that asks for the lock "a", having looked at what stands. */
async function ask(place: TestWorkspace, runId: string, asking: Asking = {}, isOffline = false): Promise<LeaseAnswer> {
  const session = await openSession({ directory: place.root, env: {}, plugins: [lock], clock: place.clock })
  const { workspace } = session
  const leases = await openLeases(session, { isOffline })
  const { expiresAt = workspace.timestamp(60), givesBack = false } = asking
  const payload = { lock_id: 'a', run_id: runId, expires_at: expiresAt }
  return leases.put({ kind: 'lock', payload, seen: workspace.view.named('lock', 'a'), givesBack })
}

describe.each([
  ['where there is no hub', false],
  ['with --offline', true],
])('a lease %s', (_, isOffline) => {
  async function place(): Promise<TestWorkspace & { ask(runId: string, asking?: Asking): Promise<LeaseAnswer> }> {
    const at = await workspaceAt([lock])
    if (isOffline) at.put('../config.toml', '[hub]\nurl = "http://127.0.0.1:9"\n')
    return { ...at, ask: (runId, asking) => ask(at, runId, asking, isOffline) }
  }

  it('is refused to a second run while the first one holds it, and told whose it is', async () => {
    const here = await place()
    expect(await here.ask('r1')).toMatchObject({ outcome: 'granted', isConfirmed: false })
    here.clock.move(59)
    expect(await here.ask('r2')).toEqual({
      outcome: 'refused',
      holder: { runId: 'r1', expiresAt: expect.stringMatching(/^2026-03-18T12:01:00/) },
    })
    expect((await here.reopen()).view.named('lock', 'a')?.runId).toBe('r1')
  })

  it('is renewed by its holder, and given to the next run when it lapses', async () => {
    const here = await place()
    await here.ask('r1')
    here.clock.move(30)
    expect(await here.ask('r1')).toMatchObject({ outcome: 'granted' })
    here.clock.move(59)
    expect(await here.ask('r2')).toMatchObject({ outcome: 'refused' })
    here.clock.move(1)
    expect(await here.ask('r2')).toMatchObject({ outcome: 'granted' })
    expect(await here.ask('r1')).toMatchObject({ outcome: 'refused', holder: { runId: 'r2' } })
  })

  it('is free once its holder has given it back, which nobody else can do', async () => {
    const here = await place()
    await here.ask('r1')
    const back = { expiresAt: GIVEN_BACK, givesBack: true }
    expect(await here.ask('r2', back)).toMatchObject({ outcome: 'refused', holder: { runId: 'r1' } })
    expect(await here.ask('r1', back)).toMatchObject({ outcome: 'granted' })
    expect(await here.ask('r2')).toMatchObject({ outcome: 'granted' })
  })

  it('that was finished for good is opened again by nobody', async () => {
    const here = await place()
    await here.ask('r1')
    expect(await here.ask('r1', { expiresAt: null })).toMatchObject({ outcome: 'granted' })
    here.clock.move(1e9)
    expect(await here.ask('r1')).toEqual({ outcome: 'finished' })
    expect(await here.ask('r2')).toEqual({ outcome: 'refused', holder: { runId: 'r1', expiresAt: null } })
  })

  it('that a pull brought is refused while it lasts, and its own run keeps it whoever signed it', async () => {
    const here = await place()
    const payload = { lock_id: 'a', run_id: 'r1', expires_at: '2026-03-18T12:01:00Z' }
    here.pulled({ kind: 'lock', record_id: 'a', run_id: 'r1', payload, expires_at: payload.expires_at, token: 4 })
    expect(await here.ask('r2')).toEqual({
      outcome: 'refused',
      holder: { runId: 'r1', expiresAt: payload.expires_at },
    })
    expect(await here.ask('r1')).toMatchObject({ outcome: 'granted' })
  })
})
