import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { reserve } from '../../plugins/reserving/reserve.js'
import { claim } from '../../plugins/tasks/claim.js'
import { complete } from '../../plugins/tasks/complete.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import { markOf } from '../../src/files/process-mark.js'
import { defineKind, type Session } from '../../src/plugin.js'
import { readHolds } from '../../src/workspace/holds.js'
import { LeaseNotes } from '../../src/workspace/leases/lease-notes.js'
import { createMachine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'

/** The session of a run whose process has ended. */
async function ofDeadProcess(session: Session): Promise<Session> {
  const child = spawn('true')
  await once(child, 'exit')
  return session.with({ env: { ...session.env, MUSE_COORD_PID: String(child.pid) } })
}

const NEXT = { runId: 'next', ttlSeconds: 600, addresses: ['next.ts'] }

describe('what a dead run has left', () => {
  it('keeps nobody from anything where the hub knows that it was finished, and this store does not', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const { session } = machine
    await enqueue(session, { title: 'Port', taskId: 't1' })
    const dead = await ofDeadProcess(session)
    await claim(dead, { runId: 'dead', ttlSeconds: 600 })
    const file = path.join(machine.coordination, 'claims/t1.json')
    const notes = new LeaseNotes(session.workspace.repo)
    const [text, note] = [fs.readFileSync(file), notes.read('claim', 't1', 'dead')]
    await complete(dead, { runId: 'dead', task: 't1' })
    // As it is where the process was killed before it had written the hub's answer.
    fs.writeFileSync(file, text)
    if (note !== null) notes.write(note)
    machine.forget()
    fs.rmSync(path.join(machine.coordination, '.order/decisions'), { recursive: true })
    expect(readHolds(session.workspace).map(({ what }) => what)).toEqual(['t1'])
    expect(await reserve(session, NEXT)).toMatchObject({ status: 'ok', conflicts: [] })
    // Found out once: whoever comes next sees it here.
    expect(readHolds(session.workspace).map(({ what }) => what)).toEqual(['next.ts'])
  })

  it('keeps nobody from anything where it cannot be given back, and stays theirs who have it', async () => {
    const spot = defineKind<{ spot_id: string; run_id: string }>({
      ...{ name: 'spot', directory: 'spots', idField: 'spot_id', runIdField: 'run_id' },
      ...{ schema: { type: 'object' }, merge: 'once' },
      expiresAt: () => null,
      *holds(records) {
        for (const { kind, recordId, runId, author } of records.entries('spot')) {
          const rest = { since: null, until: null, token: null, isExclusive: true }
          yield { kind, recordId, what: recordId, runId, author, ...rest }
        }
      },
      giveBack: () => {
        throw new Error('not today')
      },
    })
    const machine = await createMachine({ plugins: [spot] })
    const { session } = machine
    const dead = await ofDeadProcess(session)
    await reserve(dead, { ...NEXT, runId: 'dead', addresses: ['dead.ts'] })
    const parked = { run_id: 'parked', process: markOf(Number(dead.env.MUSE_COORD_PID)) }
    machine.write({
      'spots/one.json': { ...parked, spot_id: 'one' },
      // Whoever beats comes first.
      'heartbeats/parked.json': { ...parked, expires_at: new Date(Date.now() + 600_000).toISOString() },
    })
    const notes: string[] = []
    const told = session.with({ onNote: (note) => notes.push(note) })
    expect(await reserve(told, NEXT)).toMatchObject({ status: 'ok' })
    expect(await reserve(told, NEXT)).toMatchObject({ status: 'ok' })
    // Once, however often it is found.
    expect(
      notes.filter((note) => note.includes('parked is gone, and what it held could not be given back: ')),
    ).toHaveLength(1)
    expect(notes.join()).toContain('dead is gone, ')
    const held = readHolds(session.workspace).map(({ what }) => what)
    expect(held).toEqual(expect.arrayContaining(['next.ts', 'one']))
    expect(held).not.toContain('dead.ts')
  })
})
