import { describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/index.js'
import { defineKind, openLeases } from '../../src/plugin.js'
import { workspaceAt } from '../workspace/workspace-at.js'

const lock = defineKind<{ lock_id?: string; run_id?: string; expires_at?: string | null }>({
  name: 'lock',
  directory: 'locks',
  idField: 'lock_id',
  runIdField: 'run_id',
  schema: { type: 'object' },
  merge: 'lease',
  expiresAt: ({ expires_at }) => expires_at ?? null,
})

/** Keeps its end where no program but its own can write it. */
const odd = defineKind<{ end?: string }>({
  ...{ name: 'odd', directory: 'odds', idField: 'end', runIdField: 'end', schema: {}, merge: 'lease' },
  expiresAt: ({ end }) => end ?? null,
})

async function leasesAt() {
  const { root, clock } = await workspaceAt([lock, odd])
  const session = await openSession({ directory: root, env: {}, plugins: [lock, odd], clock })
  const { workspace } = session
  return { clock, leases: await openLeases(session), workspace, view: workspace.view }
}

const wish = (runId: string) => ({ kind: 'lock', recordId: 'deploy', runId, ttlSeconds: 60 })

describe('a lease, as a plugin works with it', () => {
  it('is acquired, renewed and released, and what was written first stays', async () => {
    const { clock, leases, view } = await leasesAt()
    const first = await leases.acquire({ ...wish('r1'), firstFields: { why: 'to deploy' } })
    expect(first).toMatchObject({ isRenewed: false, isProvisional: false, token: null })
    clock.move(30)
    const renewed = await leases.renew(first, 60)
    expect(renewed).toMatchObject({ isRenewed: true, payload: { why: 'to deploy', run_id: 'r1' } })
    expect(Date.parse(renewed.expiresAt) - Date.parse(first.expiresAt)).toBe(30_000)
    await leases.release(renewed)
    expect(view.named('lock', 'deploy')).toMatchObject({ lapsed: true, payload: { why: 'to deploy' } })
    expect(await leases.acquire(wish('r2'))).toMatchObject({ runId: 'r2', isRenewed: false })
  })

  it('is refused while another run has it, and lost to the one that took it when it lapsed', async () => {
    const { clock, leases } = await leasesAt()
    const first = await leases.acquire(wish('r1'))
    await expect(leases.acquire(wish('r2'))).rejects.toMatchObject({
      code: 'RECORD_HELD',
      exitCode: 6,
      hint: expect.stringMatching(/^Wait until then: `muse-coord wait deploy`/),
    })
    clock.move(60)
    await leases.acquire(wish('r2'))
    await expect(leases.renew(first, 60)).rejects.toMatchObject({ code: 'LEASE_LOST', exitCode: 7 })
    await expect(leases.release(first)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('is not renewed once it has lapsed, for somebody may have had it, and is free then', async () => {
    const { clock, leases, view } = await leasesAt()
    const first = await leases.acquire(wish('r1'))
    clock.move(60)
    await expect(leases.renew(first, 60)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(view.named('lock', 'deploy')).toMatchObject({ lapsed: true })
  })

  it('is nobody’s any more when it was finished for good', async () => {
    const { leases } = await leasesAt()
    await leases.acquire(wish('r1'))
    await leases.release({ kind: 'lock', recordId: 'deploy', runId: 'r1', forGood: true })
    await expect(leases.acquire(wish('r1'))).rejects.toMatchObject({ code: 'LEASE_FINISHED', exitCode: 4 })
    await expect(leases.acquire(wish('r2'))).rejects.toMatchObject({
      code: 'RECORD_HELD',
      hint: expect.stringMatching(/^Choose another id/),
    })
  })

  it('is written by who has acquired it alone', async () => {
    const { leases, workspace } = await leasesAt()
    await leases.acquire(wish('r1'))
    const payload = { lock_id: 'deploy', run_id: 'r2', expires_at: '2099-01-01T00:00:00Z' }
    await expect(workspace.write('lock', payload)).rejects.toMatchObject({ code: 'LEASE_WRITTEN', exitCode: 1 })
    expect(workspace.view.named('lock', 'deploy')).toMatchObject({ runId: 'r1' })
  })

  it('is lost for who renews it where another run has it, also in a store that remembers nothing of it', async () => {
    const [here, elsewhere] = [await leasesAt(), await leasesAt()]
    const first = await elsewhere.leases.acquire(wish('r1'))
    await here.leases.acquire(wish('r2'))
    await expect(here.leases.renew(first, 60)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it.each([
    ['reservation', 'merge rule'],
    ['odd', 'expires_at'],
  ])('is none of the kind %s, and the sentence says why', async (kind, sentence) => {
    const { leases } = await leasesAt()
    await expect(leases.acquire({ ...wish('r1'), kind })).rejects.toThrow(sentence)
  })
})
