import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/kinds/kind.js'
import type { Machine } from '../support/machine.js'
import { heartbeat, reservation } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

const HOUR = 3_600_000
const at = (hours: number) => new Date(Math.floor(Date.now() / HOUR) * HOUR + hours * HOUR).toISOString()

/** A heartbeat as Muse writes it: one file a reservation, and the run's id in each of them. */
function extension(reservationId: string, until: string, more: object = {}) {
  return {
    [`heartbeats/${reservationId}.json`]: {
      run_id: 'run-1',
      reservation_id: reservationId,
      last_beat_at: at(0),
      extended_expires_at: until,
      ...more,
    },
  }
}

/** What runs hold on a machine, until when. */
function holds({ session }: Machine): Record<string, number | null> {
  const { view, registry } = session.workspace
  const standing = view.alive()
  const all = registry.all.flatMap((kind) => [...(kind.holds?.(standing) ?? [])])
  return Object.fromEntries(all.map(({ recordId, until }) => [recordId, until]))
}

describe('several files of one record id, of a kind that combines them', () => {
  it('carries every extension of a run that beats in one file a reservation', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    const lapsed = { expires_at: at(-1) }
    writer.write({ ...reservation('r1', lapsed), ...reservation('r2', lapsed) })
    writer.write({ ...extension('r1', at(2)), ...extension('r2', at(3)) })
    expect(await writer.push()).toMatchObject({ inserted: 3, total: 3, ignored: [] })
    await reader.pull()
    const held = { r1: Date.parse(at(2)), r2: Date.parse(at(3)) }
    expect(holds(writer)).toEqual(held)
    expect(holds(reader)).toEqual(held)
    expect(await writer.push()).toMatchObject({ inserted: 0, updated: 0, skipped: 3, total: 3 })

    writer.write(extension('r1', at(4), { last_beat_at: at(1) }))
    expect(await writer.push()).toMatchObject({ updated: 1, skipped: 2, total: 3, ignored: [] })
    await reader.pull()
    expect(holds(reader)).toEqual({ ...held, r1: Date.parse(at(4)) })
    expect(reader.record('heartbeat/run-1').payload).toEqual({
      run_id: 'run-1',
      last_beat_at: at(1).replace('Z', '000+00:00'),
      expires_at: at(4).replace('Z', '000+00:00'),
      reservations: { r1: at(4).replace('Z', '000+00:00'), r2: at(3).replace('Z', '000+00:00') },
    })
  })

  it('takes the latest word on a reservation from whichever form it stands in', async () => {
    const swarm = await createSwarm()
    const writer = await swarm.machine()
    writer.write({
      ...heartbeat('run-1', { last_beat_at: at(-1), expires_at: at(1), reservations: { r1: at(1), r2: at(1) } }),
      ...extension('r1', at(2)),
    })
    await writer.push()
    const [stored] = await swarm.stored()
    const { reservations } = JSON.parse(stored?.payloadJson ?? '')
    expect(Object.entries(reservations).map(([id, until]) => [id, Date.parse(until as string)])).toEqual([
      ['r1', Date.parse(at(2))],
      ['r2', Date.parse(at(1))],
    ])
  })

  it('reads the files beside one that it is told of', async () => {
    const swarm = await createSwarm()
    const writer = await swarm.machine()
    writer.write({ ...extension('r1', at(2)), ...extension('r2', at(3)) })
    await writer.push({ changed: new Map([['heartbeats', new Set(['r1.json'])]]) })
    const [stored] = await swarm.stored()
    expect(Object.keys(JSON.parse(stored?.payloadJson ?? '').reservations)).toEqual(['r1', 'r2'])
  })

  it('shows one record of them, and beats on in the file of the run', async () => {
    const swarm = await createSwarm()
    const { session, coordination, write } = await swarm.machine()
    write({ ...extension('r1', at(2)), ...heartbeat('run-1', { expires_at: at(1) }) })
    const { view } = session.workspace
    const seen = view.named('heartbeat', 'run-1')
    expect(seen?.payload).toMatchObject({ reservations: { r1: expect.any(String) } })
    expect(seen?.shadowed.map(({ file }) => path.basename(file)).sort()).toEqual(['r1.json', 'run-1.json'])
    if (seen === undefined) return
    expect(await session.workspace.replace(seen, { run_id: 'run-1', expires_at: at(5) })).toBe(true)
    expect(JSON.parse(fs.readFileSync(path.join(coordination, 'heartbeats/run-1.json'), 'utf8'))).toEqual({
      run_id: 'run-1',
      expires_at: at(5),
    })
  })

  it('leaves out the files of one whose kind cannot combine them, and sends the others', async () => {
    const swarm = await createSwarm()
    const torn = defineKind({
      name: 'torn',
      directory: 'torn',
      idField: 'id',
      runIdField: 'run_id',
      schema: {},
      merge: 'latest',
      expiresAt: () => null,
      combine: () => {
        throw new Error('first line\nsecond line')
      },
    })
    const writer = await swarm.machine({ plugins: [torn] })
    writer.write({
      'torn/a.json': { id: 'x' },
      'torn/b.json': { id: 'x' },
      'torn/c.json': { id: 'y' },
      ...reservation('r1'),
    })
    const result = await writer.push()
    const reason = expect.stringMatching(/failed in combine of the kind "torn": first line \(at /)
    expect(result).toMatchObject({ inserted: 2, failed: true, errors: [reason] })
    expect(result.ignored.map((file) => [path.basename(file.path), file.reason]).sort()).toEqual([
      ['a.json', reason],
      ['b.json', reason],
    ])
    expect(writer.session.workspace.view.named('torn', 'x')).toMatchObject({ payload: { id: 'x' } })
  })
})
