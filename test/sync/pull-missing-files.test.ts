import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { gc } from '../../src/index.js'
import { heartbeat, reservation, reservations } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

async function afterAPull(files: object = { ...reservations(5), ...heartbeat('run-1') }) {
  const swarm = await createSwarm()
  const [writer, reader] = [await swarm.machine(), await swarm.machine()]
  writer.write(files as Record<string, unknown>)
  await writer.push()
  await reader.pull()
  const remote = path.join(reader.coordination, 'remote')
  return { ...swarm, writer, reader, remote }
}

describe('a pull where files that an earlier one brought are gone', () => {
  it('fetches all of them again when remote/ was removed, and says of which kinds', async () => {
    const { reader, remote } = await afterAPull()
    const before = reader.pulled()
    fs.rmSync(remote, { recursive: true })
    // Whoever looks meanwhile must not make the loss forgotten.
    expect(reader.session.workspace.view.entries('reservation')).toEqual([])
    expect(await reader.pull()).toMatchObject({ count: 6, written: 6, fetchedAgain: ['reservation', 'heartbeat'] })
    expect(reader.pulled()).toEqual(before)
    expect(await reader.pull()).toMatchObject({ count: 0, fetchedAgain: [] })
  })

  it('fetches one kind again when one of its files was removed', async () => {
    const { reader, remote } = await afterAPull()
    fs.rmSync(path.join(remote, 'reservation/r3.json'))
    expect(await reader.pull()).toMatchObject({ count: 5, written: 1, unchanged: 4, fetchedAgain: ['reservation'] })
    expect(reader.pulled()).toContain('reservation/r3')
    expect(await reader.pull()).toMatchObject({ count: 0, fetchedAgain: [] })
  })

  it('goes on with what is missing where one call does not bring it all', async () => {
    const { reader, remote } = await afterAPull()
    fs.rmSync(path.join(remote, 'reservation'), { recursive: true })
    expect(await reader.pull({ limit: 2 })).toMatchObject({ count: 2, hasMore: true, fetchedAgain: ['reservation'] })
    expect(await reader.pull({ all: true })).toMatchObject({ count: 3, hasMore: false, fetchedAgain: [] })
    expect(reader.pulled()).toHaveLength(6)
  })

  it('asks for nothing anew when a file came, or was rewritten, or the state was deleted', async () => {
    const { reader, remote, writer } = await afterAPull()
    fs.writeFileSync(path.join(remote, 'reservation/r1.json'), '{}')
    fs.writeFileSync(path.join(remote, 'reservation/notes.json'), '{}')
    expect(await reader.pull()).toMatchObject({ count: 0, fetchedAgain: [] })
    writer.write(reservation('late'))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 1, fetchedAgain: [] })
    reader.forget()
    expect(await reader.pull()).toMatchObject({ count: 7, fetchedAgain: [] })
  })

  it('asks for nothing anew when gc has removed what is over', async () => {
    const past = { expires_at: '2026-01-01T00:00:00Z' }
    const { reader, remote } = await afterAPull({ ...reservations(3), ...reservation('over', past) })
    const { removed } = await gc(reader.session)
    expect(removed.map(({ recordId }) => recordId)).toEqual(['over'])
    expect(await reader.pull()).toMatchObject({ count: 0, fetchedAgain: [] })
    fs.rmSync(path.join(remote, 'reservation/r1.json'))
    await gc(reader.session)
    expect(await reader.pull()).toMatchObject({ fetchedAgain: ['reservation'] })
  })

  it('lists no directory of a kind that has not changed', async () => {
    const { reader } = await afterAPull()
    await reader.pull()
    const listed = jest.spyOn(fs, 'readdirSync')
    await reader.pull()
    expect(listed.mock.calls.map(([directory]) => `${directory}`).filter((path) => path.includes('/remote/'))).toEqual(
      [],
    )
    listed.mockRestore()
  })

  it('fetches everything again with recheck, and only the kinds that were chosen', async () => {
    const { reader, remote } = await afterAPull()
    fs.writeFileSync(path.join(remote, 'reservation/r1.json'), '{}')
    expect(await reader.pull({ recheck: true, kinds: ['reservation'] })).toMatchObject({
      count: 5,
      written: 1,
      unchanged: 4,
      fetchedAgain: ['reservation'],
    })
    expect(await reader.pull({ recheck: true })).toMatchObject({ count: 6, unchanged: 6 })
  })

  it('refuses recheck beside a place to start from', async () => {
    const { reader } = await afterAPull()
    await expect(reader.pull({ recheck: true, sinceId: 2 })).rejects.toMatchObject({ status: 'bad_args' })
  })

  it('finds for each space what it had brought, though all share one folder', async () => {
    const { reader, writer, remote } = await afterAPull()
    writer.write({ 'reservations/other.json': { reservation_id: 'other' } })
    await writer.push({ slug: 'second' })
    await reader.pull({ slug: 'second' })
    const before = reader.pulled()
    expect(before).toContain('reservation/other')
    fs.rmSync(remote, { recursive: true })
    await reader.pull()
    await reader.pull({ slug: 'second' })
    expect(reader.pulled()).toEqual(before)
  })
})
