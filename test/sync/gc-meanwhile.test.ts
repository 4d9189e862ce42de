import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { claim } from '../../plugins/tasks/claim.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import { defineKind, openLeases } from '../../src/plugin.js'
import { gc } from '../../src/sync/gc.js'
import { LeaseNotes } from '../../src/workspace/leases/lease-notes.js'
import { createMachine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'

const ALL = { olderThanSeconds: 0 }
const LOCK = { kind: 'lock', recordId: 'deploy' }

/** A machine with a kind of leases, and what happens the next time that somebody asks when one of them ends. */
async function machineWithLock() {
  const meanwhile: { act: (() => void) | null } = { act: null }
  const lock = defineKind<{ lock_id: string; run_id: string; expires_at?: string | null }>({
    ...{ name: 'lock', directory: 'locks', idField: 'lock_id', runIdField: 'run_id' },
    ...{ schema: { type: 'object' }, merge: 'lease' },
    expiresAt: ({ expires_at }) => expires_at ?? null,
    ends: () => (one) => {
      const { act } = meanwhile
      meanwhile.act = null
      act?.()
      return one.expiresAt === null ? null : Date.parse(one.expiresAt)
    },
  })
  return { ...(await createMachine({ plugins: [lock] })), meanwhile }
}

describe('gc, while others go on', () => {
  it('leaves a lease that was taken since it was found to be over', async () => {
    const { session, coordination, meanwhile } = await machineWithLock()
    const leases = await openLeases(session)
    await leases.acquire({ ...LOCK, runId: 'one', ttlSeconds: 60 })
    await leases.release({ ...LOCK, runId: 'one' })
    const file = path.join(coordination, 'locks/deploy.json')
    const taken = { lock_id: 'deploy', run_id: 'two', expires_at: new Date(Date.now() + 60_000).toISOString() }
    // The file system's next tick: one that is younger than the look is read again.
    const before = new Date(Date.now() - 10_000)
    fs.utimesSync(file, before, before)
    session.workspace.view.everything().entries('lock')
    meanwhile.act = () => fs.writeFileSync(file, JSON.stringify(taken))
    const { removed } = await gc(session, ALL)
    expect(meanwhile.act).toBeNull()
    expect(removed).toEqual([])
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(taken)
    expect(leases.hasHeld('lock', 'deploy', 'two')).toBe(true)
  })

  it('has no pull write under it, for what lies there by then is another record', async () => {
    const { session, coordination, meanwhile } = await machineWithLock()
    const leases = await openLeases(session)
    await leases.acquire({ ...LOCK, runId: 'one', ttlSeconds: 60 })
    let isLocked: boolean | null = null
    meanwhile.act = () => {
      isLocked = fs.existsSync(path.join(coordination, '.sync/remote.lock'))
    }
    await gc(session, ALL)
    expect(isLocked).toBe(true)
  })

  it('keeps the note of a lease that stands, however old it is', async () => {
    const swarm = await createSwarm()
    const { session } = await swarm.machine()
    await enqueue(session, { title: 'Port', taskId: 't1' })
    const { token } = await claim(session, { runId: 'one', ttlSeconds: 600 })
    const notes = new LeaseNotes(session.workspace.repo)
    const notesThere = path.join(session.workspace.repo.coordination.path, '.order/leases/claim')
    const [name] = fs.readdirSync(notesThere)
    fs.utimesSync(path.join(notesThere, `${name}`), 0, 0)
    notes.write({
      ...{ kind: 'claim', recordId: 'gone', runId: 'one', state: 'lost', token: 1 },
      ...{ granter: null, holder: null, payload: null },
    })
    for (const one of fs.readdirSync(notesThere)) fs.utimesSync(path.join(notesThere, one), 0, 0)
    await gc(session)
    expect(notes.all('claim')).toMatchObject([{ recordId: 't1', state: 'held', token }])
  })
})
