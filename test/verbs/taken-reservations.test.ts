import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, json: documentOf(ended) as Record<string, unknown> }
}

/** A run of ada's holds a file, in a space of gabriel's; `beats`: it has said so since. */
async function held({ beats, exclusive }: { beats: boolean; exclusive: boolean }) {
  const swarm = await createSwarm()
  const owner = await swarm.machine()
  await verb(owner, 'enqueue', 'Makes the space')
  await owner.push()
  const loser = await swarm.machine({ signer: await swarm.hub.register('ada') })
  await verb(owner, 'space', 'grant', 'ada')
  const flags = exclusive ? ['--deny'] : []
  const { json } = await verb(loser, 'reserve', 'a.py', '--run-id', 'r1', ...flags)
  if (beats) await verb(loser, 'heartbeat', '--run-id', 'r1')
  await loser.push()
  await owner.pull()
  const take = async () => {
    const why = ['--force', '--reason', 'needed']
    const taken = await verb(owner, 'release', String(json.reservation_id), '--run-id', 'r2', ...why)
    expect(taken).toMatchObject({ exitCode: 0 })
    await owner.push()
    await loser.pull()
  }
  return { loser, reservationId: String(json.reservation_id), take }
}

describe('a run whose reservation somebody else has ended', () => {
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('is told by its next beat, once (it has beaten: %s, exclusive: %s)', async (beats, exclusive) => {
    const { loser, reservationId, take } = await held({ beats, exclusive })
    await take()
    expect(await verb(loser, 'heartbeat', '--run-id', 'r1')).toMatchObject({
      exitCode: 7,
      json: { status: 'lost', not_renewed: [{ record_id: reservationId, what: 'a.py', reason: 'lost', holder: 'r2' }] },
    })
    expect(await verb(loser, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0, json: { not_renewed: [] } })
  })

  it('is told by a beat that names it as well', async () => {
    const { loser, reservationId, take } = await held({ beats: true, exclusive: true })
    await take()
    expect(await verb(loser, 'heartbeat', reservationId, '--run-id', 'r1')).toMatchObject({ exitCode: 7 })
  })

  it('is not told of what it has given back itself', async () => {
    const { loser } = await held({ beats: true, exclusive: true })
    await verb(loser, 'release', '--run-id', 'r1')
    expect(await verb(loser, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0, json: { not_renewed: [] } })
  })

  it('finds it among what needs attention, whoever has beaten for it meanwhile', async () => {
    const { loser, take } = await held({ beats: true, exclusive: true })
    await take()
    const { heartbeat } = await import('../../plugins/reserving/heartbeat.js')
    await heartbeat(loser.session, { runId: 'r1', isOffline: true, leavesTelling: true })
    const { json } = await verb(loser, 'status')
    expect(json.attention).toContainEqual(expect.objectContaining({ what: 'hold_lost' }))
    expect(await verb(loser, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 7 })
  })
})
