import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
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
    expect(await verb(machine, 'check', 'a.ts')).toMatchObject({ exitCode: 0 })
    expect(await verb(machine, 'reserve', 'a.ts', '--run-id', 'a', '--deny', '--offline')).toMatchObject({
      exitCode: 0,
      json: { provisional: true },
    })
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
      { what: 'hold_lost', message: 'b has lost b.ts: a was first' },
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

async function untilAfter(timestamp: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Date.parse(timestamp) - Date.now() + 50))
}
