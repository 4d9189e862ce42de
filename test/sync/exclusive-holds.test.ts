import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import { reserve } from '../../plugins/reserving/reserve.js'
import { holdNotes } from '../../src/sync/holding/exclusive-holds.js'
import { cleanUp } from '../support/clean-up.js'
import { passOnTo } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { createSwarm } from '../support/swarm.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

describe('an exclusive reservation on a hub', () => {
  it('is had by one machine, and the other is told who has it without waiting for a sync', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    expect(await verb(one, 'reserve', 'src/', '--run-id', 'a', '--deny')).toMatchObject({
      exitCode: 0,
      json: { status: 'ok', provisional: false },
    })
    expect(await verb(other, 'reserve', 'src/a.ts', '--run-id', 'b', '--deny')).toMatchObject({
      exitCode: 6,
      json: { status: 'held', conflicts: [{ run_id: 'a', held_address: 'src/' }] },
    })
    // What the second one wrote keeps nobody out.
    await one.pull({ all: true })
    expect(await verb(one, 'check', 'src/a.ts', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
    expect(await verb(other, 'status')).toMatchObject({ json: { holds: [{ run_id: 'a', exclusive: true }] } })
  })

  it('is refused by who has it in the own store also where the space has yet to be made', async () => {
    const place = await createSwarm()
    const machine = await place.machine()
    await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--offline')
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'b', '--deny')).toMatchObject({
      exitCode: 6,
      json: { status: 'held', conflicts: [{ run_id: 'a' }] },
    })
  })

  it('is refused to a run of the same name in another place', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny')
    expect(await verb(other, 'reserve', 'a.ts', '--run-id', 'a', '--deny')).toMatchObject({
      exitCode: 6,
      json: { status: 'namesake' },
    })
  })

  it('is not had without the hub, unless provisionally', async () => {
    const place = await createSwarm()
    const machine = await place.machine()
    await place.proxy.away()
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny')).toMatchObject({
      exitCode: 1,
      json: { status: 'hub_error' },
    })
    expect(await verb(machine, 'check', 'a.ts')).toMatchObject({ json: { status: 'unknown', holders: [] } })
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--offline')).toMatchObject({
      exitCode: 0,
      json: { provisional: true },
    })
  })

  it('is told as lost by status and mine as a claim is, until its run has been told', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    await verb(one, 'enqueue', 'Port', '--id', 't1')
    await one.push()
    await other.pull()
    expect((await verb(other, 'claim', 't1', '--run-id', 'b', '--offline')).exitCode).toBe(0)
    expect((await verb(other, 'reserve', 'b.ts', '--run-id', 'b', '--deny', '--offline')).exitCode).toBe(0)
    expect((await verb(one, 'claim', 't1', '--run-id', 'a')).exitCode).toBe(0)
    expect((await verb(one, 'reserve', 'b.ts', '--run-id', 'a', '--deny')).exitCode).toBe(0)
    expect((await verb(other, 'sync', 'push')).exitCode).toBe(7)
    const command = 'heartbeat --run-id b'
    const losses = [
      { what: 'hold_lost', message: 'b has lost b.ts: a has taken it', command },
      { what: 'hold_lost', message: 'b has lost t1: a has taken it', command },
    ]
    expect((await verb(other, 'status')).json.attention).toEqual(expect.arrayContaining(losses))
    expect((await verb(other, 'mine', '--run-id', 'b')).json.lost).toMatchObject([{ what: ['b.ts'] }, { what: ['t1'] }])
    expect((await verb(other, 'heartbeat', '--run-id', 'b')).exitCode).toBe(7)
    const { attention } = (await verb(other, 'status')).json
    expect(attention.map(({ message }: { message: string }) => message)).not.toContain('b has lost t1: a has taken it')
  })

  it('that was provisional is confirmed by a push, or lost to who was first, and its run is told', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    const first = await verb(one, 'reserve', 'a.ts', 'b.ts', '--run-id', 'a', '--deny', '--offline')
    expect((await verb(one, 'sync', 'push')).exitCode).toBe(0)
    const again = await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny')
    expect(again.json).toMatchObject({ renewed: true, provisional: false, reservation_id: first.json.reservation_id })

    await verb(other, 'reserve', 'b.ts', '--run-id', 'b', '--deny', '--offline')
    await verb(other, 'reserve', 'c.ts', '--run-id', 'b', '--deny', '--offline')
    expect(await verb(other, 'sync', 'push')).toMatchObject({
      exitCode: 7,
      json: { lost: [{ kind: 'reservation', run_id: 'b', holder: { run_id: 'a' } }] },
    })
    expect((await verb(other, 'status')).json.attention).toMatchObject([
      { what: 'hold_lost', message: 'b has lost b.ts: a has taken it' },
    ])
    expect(await verb(other, 'heartbeat', '--run-id', 'b')).toMatchObject({
      exitCode: 7,
      json: {
        status: 'lost',
        renewed: [{ what: 'c.ts' }],
        not_renewed: [{ what: 'b.ts', reason: 'lost', holder: 'a' }],
      },
    })
    expect(await verb(other, 'heartbeat', '--run-id', 'b')).toMatchObject({ exitCode: 0 })
    expect(await verb(other, 'check', 'b.ts', '--run-id', 'b')).toMatchObject({ exitCode: 6 })
  })

  it('is put to a hub that takes the place of another, and whoever comes second there is told', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny')
    await verb(one, 'reserve', 'b.ts', '--run-id', 'a', '--deny')
    const next = await startHub({ publicUrl: place.url })
    cleanUp(() => next.close())
    await next.store.register(place.gabriel.identity)
    place.proxy.behave(passOnTo(next.url))
    expect(await verb(other, 'reserve', 'a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 0 })
    expect(await verb(one, 'sync', 'push')).toMatchObject({
      exitCode: 7,
      json: { lost: [{ run_id: 'a', holder: { run_id: 'b' } }] },
    })
    expect(await verb(one, 'heartbeat', '--run-id', 'a')).toMatchObject({
      exitCode: 7,
      json: { renewed: [{ what: 'b.ts' }], not_renewed: [{ what: 'a.ts', holder: 'b' }] },
    })
  })

  it('lasts longer by a beat that the hub has in time, and by no other', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--ttl', '3')
    expect(await verb(one, 'heartbeat', '--run-id', 'a', '--extension', '6')).toMatchObject({
      exitCode: 0,
      json: { renewed: [{ what: 'a.ts' }], not_renewed: [] },
    })
    const refused = await verb(other, 'reserve', 'a.ts', '--run-id', 'b', '--deny')
    expect(refused).toMatchObject({ exitCode: 6 })
    await untilAfter(refused.json.conflicts[0].until)
    // A beat that a clock set back would take for early: the hub knows when it came.
    const late = await verb(one, 'heartbeat', '--run-id', 'a', '--extension', '60')
    expect(late.json.renewed).toEqual([])
    expect(await verb(other, 'reserve', 'a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 0 })
  })
})

describe('an exclusive reservation whose extension is gone at the hub', () => {
  it('is lost at its end, whether another run has it by then or nobody, and its run is told', async () => {
    const place = await createSwarm()
    const [one, other] = [await place.machine(), await place.machine()]
    await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--ttl', '10')
    const reserved = await verb(one, 'reserve', 'c.ts', '--run-id', 'a', '--deny', '--ttl', '10')
    expect(await verb(one, 'heartbeat', '--run-id', 'a', '--extension', '2h')).toMatchObject({ exitCode: 0 })
    // A program that keeps no words of others beats for the same run.
    const payload = { run_id: 'a', last_beat_at: new Date().toISOString(), expires_at: '2099-01-01T00:00:00Z' }
    const beat = { kind: 'heartbeat', record_id: 'a', run_id: 'a', payload, expires_at: payload.expires_at }
    const pushed = await place.gabriel.fetch('/gabriel/muse/coord/push', {
      ...{ method: 'POST', body: { records: [beat] }, host: new URL(place.url).host },
    })
    expect(pushed.status).toBe(200)
    await verb(one, 'sync', 'pull')

    await untilAfter(reserved.json.expires_at)
    expect(await verb(other, 'reserve', 'a.ts', '--run-id', 'b', '--deny')).toMatchObject({ exitCode: 0 })
    const { exitCode, json } = await verb(one, 'sync', 'push')
    expect([exitCode, json.lost.map(({ holder }: { holder: object | null }) => holder)]).toEqual([
      7,
      expect.arrayContaining([expect.objectContaining({ run_id: 'b' }), null]),
    ])
    const { attention } = (await verb(one, 'status')).json
    expect(attention.filter(({ what }: { what: string }) => what === 'hold_lost')).toHaveLength(2)
    const told = JSON.stringify(attention)
    expect(told).toContain('a has lost a.ts: b has taken it')
    expect(told).toContain('a has lost c.ts: its end had passed at the hub')
    const { exitCode: ended, json: beaten } = await verb(one, 'heartbeat', '--run-id', 'a')
    expect(ended).toBe(7)
    expect(beaten.not_renewed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'a.ts', reason: 'lost', holder: 'b' }),
        expect.objectContaining({ what: 'c.ts', reason: 'lost', holder: null }),
      ]),
    )
  })
})

describe('a run that was silent until the end of what it had alone', () => {
  it.each([
    ['and another run has it since', ['reserve', 'a.ts', '--run-id', 'r2', '--deny'], 'r2'],
    ['and nobody else does', ['sync', 'pull'], null],
  ])('is told so by its next beat, %s, and once', async (_, argv, holder) => {
    let offset = 0
    const swarm = await createSwarm({ clock: { now: () => Date.now() + offset } })
    const [one, two] = [await swarm.machine(), await swarm.machine()]
    expect(await verb(one, 'reserve', 'a.ts', '--run-id', 'r1', '--deny', '--ttl', '60')).toMatchObject({ exitCode: 0 })
    offset = 90_000
    await runCli(two, argv)
    await runCli(one, ['sync', 'pull'])
    await runCli(one, ['sync', 'push'])
    expect(await verb(one, 'heartbeat', '--run-id', 'r1')).toMatchObject({
      exitCode: 7,
      json: { status: 'lost', not_renewed: [{ kind: 'reservation', what: 'a.ts', reason: 'lost', holder }] },
    })
    expect(await verb(one, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0, json: { not_renewed: [] } })
  })

  it('is told nothing of what it has given back, or has anew', async () => {
    let offset = 0
    const swarm = await createSwarm({ clock: { now: () => Date.now() + offset } })
    const one = await swarm.machine()
    await verb(one, 'reserve', 'a.ts', '--run-id', 'r1', '--deny', '--ttl', '60')
    await verb(one, 'reserve', 'b.ts', '--run-id', 'r1', '--deny', '--ttl', '60')
    await runCli(one, ['release', 'a.ts', '--run-id', 'r1'])
    offset = 90_000
    await runCli(one, ['sync', 'pull'])
    expect(await verb(one, 'reserve', 'b.ts', '--run-id', 'r1', '--deny', '--ttl', '60')).toMatchObject({ exitCode: 0 })
    expect(await runCli(one, ['heartbeat', '--run-id', 'r1'])).toMatchObject({ exitCode: 0 })
  })
})

describe('who waits for what others have alone', () => {
  it.each(['with a hub', 'without a hub'])(
    'gets it in the order of arrival, seen by who has it: %s',
    async (where) => {
      const hub = where === 'with a hub' ? await createSwarm() : null
      const one = hub === null ? await createMachine() : await hub.machine()
      const [two, three] = hub === null ? [one, one] : [await hub.machine(), await hub.machine()]
      const first = await verb(one, 'reserve', 'a.ts', '--run-id', 'a', '--deny')
      const turns: string[] = []
      const wait = async (machine: Machine, run: string) => {
        const told = await verb(machine, 'reserve', 'a.ts', '--run-id', run, '--deny', '--wait', '--timeout', '60')
        turns.push(run)
        await verb(machine, 'release', told.json.reservation_id, '--run-id', run)
        if (hub !== null) await machine.push()
        return told
      }
      const second = wait(two, 'b')
      await until(async () => {
        if (hub !== null) await one.pull({ all: true })
        const { json } = await verb(one, 'status', '--run-id', 'a')
        return json.attention.some(({ what }: { what: string }) => what === 'waited_for')
      })
      // Who has it is not kept out by who waits behind.
      expect(await verb(one, 'check', 'a.ts', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
      expect(await verb(two, 'check', 'a.ts', '--run-id', 'b')).toMatchObject({ exitCode: 6 })
      const third = wait(three, 'c')
      await sleep(1500)
      expect(turns).toEqual([])
      await verb(one, 'release', first.json.reservation_id, '--run-id', 'a')
      if (hub !== null) await one.push()
      expect(await second).toMatchObject({ exitCode: 0, json: { status: 'ok', advisory: false } })
      expect(await third).toMatchObject({ exitCode: 0, json: { status: 'ok' } })
      expect(turns).toEqual(['b', 'c'])
    },
    60_000,
  )

  it('is told when it did not come, and leaves the row', async () => {
    const machine = await createMachine()
    await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--ttl', '60')
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'b', '--deny', '--wait', '--timeout', '0')).toMatchObject(
      { exitCode: 8 },
    )
    expect((await verb(machine, 'status')).json.holds).toMatchObject([{ run_id: 'a' }])
  })

  it('is refused where those before it wait for what it has itself', async () => {
    const machine = await createMachine()
    await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny')
    await verb(machine, 'reserve', 'b.ts', '--run-id', 'b', '--deny')
    const waiting = verb(machine, 'reserve', 'b.ts', '--run-id', 'a', '--deny', '--wait', '--timeout', '20')
    await until(async () => {
      const { json } = await verb(machine, 'status')
      return json.attention.some(({ what }: { what: string }) => what === 'waited_for')
    })
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'b', '--deny', '--wait')).toMatchObject({
      exitCode: 6,
      json: { error: expect.stringContaining('waits for this one') },
    })
    await verb(machine, 'release', '--all', '--run-id', 'b')
    expect(await waiting).toMatchObject({ exitCode: 0 })
  }, 60_000)
})

describe('a store whose settings name its hub no more', () => {
  it('has nothing alone and claims nothing, unless provisionally', async () => {
    const place = await createSwarm()
    const machine = await place.machine()
    await verb(machine, 'enqueue', 'a task', '--id', 't1', '--run-id', 'a')
    await verb(machine, 'sync', 'push')
    fs.writeFileSync(path.join(machine.root, '.muse', 'config.toml'), '')
    for (const argv of [
      ['reserve', 'a.ts', '--deny'],
      ['claim', 't1'],
    ]) {
      expect(await verb(machine, ...argv, '--run-id', 'a')).toMatchObject({
        exitCode: 1,
        json: { status: 'no_hub_url', hint: expect.stringContaining('init --hub') },
      })
      expect(await verb(machine, ...argv, '--run-id', 'a', '--offline')).toMatchObject({
        exitCode: 0,
        json: { provisional: true },
      })
    }
    // What only warns needs nobody's word.
    expect(await verb(machine, 'reserve', 'b.ts', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
  })
})

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(50)
}

async function untilAfter(timestamp: string): Promise<void> {
  await sleep(Date.parse(timestamp) - Date.now() + 50)
}

describe('an exclusive reservation of a store', () => {
  it('leaves no note where another process was faster, and it was decided once more', async () => {
    const { session } = await createMachine()
    const { workspace } = session
    const write = workspace.writeInTurn.bind(workspace)
    const other = {
      ...{ reservation_id: 'other', run_id: 'b', addresses: ['a.ts'], exclusive: true },
      ...{ created_at: workspace.timestamp(), expires_at: workspace.timestamp(600) },
    }
    jest.spyOn(workspace, 'writeInTurn').mockImplementationOnce(async (kind, decide) => {
      expect(decide()).not.toBeNull()
      await write('reservation', () => other)
      return write(kind, decide)
    })
    const wish = { addresses: ['a.ts'], runId: 'a', ttlSeconds: 600, deny: true }
    expect(await reserve(session, wish)).toMatchObject({ status: 'held', conflicts: [{ runId: 'b' }] })
    expect(holdNotes(session)).toEqual([])
  })
})
