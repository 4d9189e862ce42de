import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { leave, log, openSession, pull } from '../../src/index.js'
import { tidy } from '../../src/sync/tidy.js'
import type { Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'

const DAY = 24 * 3600 * 1000
const days = (count: number) => new Date(Date.now() + count * DAY).toISOString()

function reservation(id: string, ends: number) {
  return {
    [`reservations/${id}.json`]: { reservation_id: id, run_id: 'a', addresses: [`${id}.ts`], expires_at: days(ends) },
  }
}

/** The same workspace, so many days later. */
async function later(machine: Machine, count: number) {
  const { root: directory, env } = machine
  return openSession({ directory, env, clock: { now: () => Date.now() + count * DAY } })
}

/** Says in the settings how long what is over is kept. */
function keeper(machine: Machine): (time: string) => void {
  const settings = path.join(machine.root, '.muse/config.toml')
  const text = fs.readFileSync(settings, 'utf8')
  return (time) => fs.writeFileSync(settings, `${text}keep_finished = "${time}"\n`)
}

function files(machine: Machine): string[] {
  return fs
    .readdirSync(machine.coordination, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
}

describe('the tidying that comes with a pull', () => {
  it('removes what has been over and here for a week, own files and pulled ones, and says how many', async () => {
    let passed = 0
    const swarm = await createSwarm({ clock: { now: () => Date.now() + passed } })
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...reservation('over', 0.001), ...reservation('alive', 30) })
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 2, tidied: 0 })
    reader.write(reservation('own', 0.001))
    await reader.push()
    writer.write(reservation('news', 30))
    await writer.push()
    passed = 8 * DAY
    const session = await later(reader, 8)
    // Its own record comes back with the news, and goes with the file that it came from.
    expect(await pull(session, { all: true })).toMatchObject({ count: 2, written: 2, tidied: 3 })
    expect(files(reader)).toEqual(['remote/reservation/alive.json', 'remote/reservation/news.json'])
    expect(await pull(session, { all: true })).toMatchObject({ count: 0, fetchedAgain: [], tidied: 0 })
  })

  it('is done by a run that says goodbye as well', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('over', 0.001))
    await machine.push()
    expect(await leave(await later(machine, 8), { runId: 'a' })).toMatchObject({ runId: 'a' })
    expect(files(machine).filter((name) => name.startsWith('reservations'))).toEqual([])
  })

  it('leaves what came less than a week ago, however long it has been over', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write(reservation('ancient', -300))
    await writer.push()
    expect(await reader.pull()).toMatchObject({ count: 1, tidied: 0 })
    expect(files(reader)).toEqual(['remote/reservation/ancient.json'])
  })

  it('never removes what is unsent', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservation('sent', 0.001), ...reservation('unsent', 0.001) })
    fs.renameSync(path.join(machine.coordination, 'reservations/unsent.json'), path.join(machine.root, 'unsent.json'))
    await machine.push()
    fs.renameSync(path.join(machine.root, 'unsent.json'), path.join(machine.coordination, 'reservations/unsent.json'))
    expect(await tidy(await later(machine, 8))).toBe(1)
    expect(files(machine)).toEqual(['reservations/unsent.json'])
  })

  it('keeps what says that something is over for as long as that stays', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({
      ...reservation('r1', 0.001),
      'releases/l1.json': { release_id: 'l1', run_id: 'a', reservation_id: 'r1', released_at: days(0) },
      ...reservation('r3', 30),
      'dependencies/r3.json': { reservation_id: 'r3', run_id: 'a', depends_on: ['r1'], created_at: days(0) },
      ...reservation('r2', 0.001),
      'releases/l2.json': { release_id: 'l2', run_id: 'a', reservation_id: 'r2', released_at: days(0) },
      'tasks/t1.json': { task_id: 't1', run_id: 'a', title: 'first' },
      'tasks/t2.json': { task_id: 't2', run_id: 'a', title: 'second', after: ['t1'] },
      'claims/t1.json': {
        task_id: 't1',
        claimer_run_id: 'a',
        expires_at: null,
        status: 'completed',
        ended_at: days(0),
      },
    })
    await machine.push()
    await tidy(await later(machine, 8))
    expect(files(machine)).toEqual([
      'claims/t1.json',
      'dependencies/r3.json',
      'releases/l1.json',
      'reservations/r1.json',
      'reservations/r3.json',
      'tasks/t1.json',
      'tasks/t2.json',
    ])
  })

  it('goes on with the next slice at the next pull, and rests for an hour when all had their turn', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    for (let n = 0; n < 1200; n++) machine.write(reservation(`r${n}`, 0.001))
    await machine.push()
    const session = await later(machine, 8)
    expect([await tidy(session), await tidy(session), await tidy(session)]).toEqual([500, 500, 200])
    expect(files(machine)).toEqual([])
    machine.write(reservation('late', 0.001))
    await machine.push()
    expect(await tidy(session)).toBe(0)
    expect(await tidy(await later(machine, 8.1))).toBe(1)
  })

  it('removes nothing where the settings say forever, and after another time where they say one', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('over', 0.001))
    await machine.push()
    const set = keeper(machine)
    set('forever')
    expect(await tidy(await later(machine, 800))).toBe(0)
    set('3d')
    expect(await tidy(await later(machine, 2))).toBe(0)
    expect(await tidy(await later(machine, 4))).toBe(1)
    set('soon')
    await expect(later(machine, 4).then(tidy)).rejects.toThrow(
      'keep_finished must be a time such as "7d", or "forever"',
    )
  })

  it('tells the index what went, so that no directory is listed for it', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write({ ...reservation('over', 0.001), ...reservation('alive', 30) })
    await writer.push()
    await reader.pull()
    const session = await later(reader, 8)
    expect(log(session).count).toBe(2)
    expect(await tidy(session)).toBe(1)
    const listed = jest.spyOn(fs, 'readdirSync')
    expect(log(session).count).toBe(1)
    expect(listed.mock.calls.map(([directory]) => `${directory}`).filter((name) => name.includes('/remote/'))).toEqual(
      [],
    )
    listed.mockRestore()
  })
})
