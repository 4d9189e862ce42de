import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadSqlite } from '../../src/files/load-sqlite.js'
import type { History, SeenRecord } from '../soak/history.js'
import { soak } from '../soak/soak.js'
import { violationsIn } from '../soak/violations.js'

/** Built by `.ci/prepare.mjs`, which `npm test` calls. */
const executable = path.resolve(import.meta.dirname, '../../dist/cli.cjs')

describe('two hubs on one store, while hubs, database and connections break', () => {
  it.each(['sqlite', 'postgres'] as const)(
    'keep everything acknowledged once, and every reader gets it in order, on %s',
    async (store) => {
      const { violations, acknowledged, grants, faults, breaks } = await soak({
        seed: 7,
        seconds: 3,
        patienceSeconds: 60,
        store,
        executable,
      })
      expect(violations).toEqual([])
      // How much there was of each depends on what else the machine has to do.
      expect(acknowledged).toBeGreaterThan(0)
      expect(grants).toBeGreaterThan(0)
      expect(breaks.size).toBeGreaterThan(0)
      expect(faults.size).toBeGreaterThan(2)
    },
    240_000,
  )

  it('are found out when a record vanishes', async () => {
    let gone = ''
    const { violations } = await soak({
      seed: 1,
      seconds: 0.5,
      store: 'sqlite',
      executable,
      async beforeLook(store) {
        const database = loadSqlite()(path.join(store, 'hub.sqlite'))
        const deletion = `DELETE FROM records WHERE id = (SELECT min(id) FROM records WHERE kind = 'reservation')
          RETURNING record_id AS name`
        gone = (database.prepare(deletion).get() as { name: string }).name
        database.close()
      },
    })
    expect(violations).toContain(`hub 1: reservation/${gone} was acknowledged and is lost`)
  }, 120_000)
})

describe('the account of a run', () => {
  const seen = (id: number, name: string, change: Partial<SeenRecord> = {}): SeenRecord => ({
    id,
    name,
    runId: 'run',
    content: `{"of":"${name}"}`,
    expiresAt: null,
    token: null,
    receivedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  })
  const lease = (id: number, token: number, runId: string, from: number, until: number) =>
    seen(id, 'claim/t', {
      token,
      runId,
      receivedAt: new Date(from).toISOString(),
      expiresAt: new Date(until).toISOString(),
    })

  const a = seen(1, 'reservation/a')
  const b = seen(2, 'reservation/b')
  const beat = seen(4, 'heartbeat/h', { content: '{"beat":2}' })
  const whole = [a, b, beat]
  const kept: History = {
    acknowledged: new Map([a, b].map(({ name, content }) => [name, content])),
    registers: new Map([[beat.name, beat.content]]),
    grants: [],
    hubs: [
      { of: 'hub 1', records: whole },
      { of: 'hub 2', records: whole },
    ],
    readers: [{ of: 'a reader', records: [a, b, seen(3, beat.name, { content: '{"beat":1}' }), beat] }],
  }
  const onBoth = (...records: SeenRecord[]) => kept.hubs.map(({ of }) => ({ of, records }))
  const reader = (...records: SeenRecord[]) => [{ of: 'a reader', records }]
  const grant = (token: number, runId: string, until: number) => ({
    name: 'claim/t',
    token,
    runId,
    expiresAt: new Date(until).toISOString(),
  })

  it('has nothing to say when all was kept', () => {
    expect(violationsIn(kept)).toEqual([])
    const leases = [lease(5, 1, 'x', 0, 100), lease(6, 1, 'x', 50, 200), lease(7, 2, 'y', 200, 300)]
    const last = leases[2] as SeenRecord
    const history = {
      ...kept,
      hubs: onBoth(...whole, last),
      readers: reader(...whole, ...leases),
      grants: [grant(1, 'x', 100), grant(1, 'x', 200), grant(2, 'y', 300)],
    }
    expect(violationsIn(history)).toEqual([])
  })

  it.each<[string, Partial<History>, string]>([
    ['a record that is lost', { hubs: onBoth(a, beat) }, 'hub 2: reservation/b was acknowledged and is lost'],
    [
      'a record that changed',
      { hubs: onBoth(a, { ...b, content: '{}' }, beat) },
      'hub 1: reservation/b is {}, not what was acknowledged: {"of":"reservation/b"}',
    ],
    [
      'a register that fell back',
      { hubs: onBoth(a, b, { ...beat, content: '{"beat":1}' }) },
      'hub 1: heartbeat/h is {"beat":1}, not what was acknowledged: {"beat":2}',
    ],
    [
      'a record that is there twice',
      { hubs: onBoth(...whole, { ...b, id: 5 }) },
      'hub 1: reservation/b is there twice, as 2 and 5',
    ],
    [
      'an id that is there twice',
      { hubs: onBoth(a, b, seen(2, 'x/y'), beat) },
      'hub 1: id 2 (x/y) came after id 2 (reservation/b)',
    ],
    ['hubs that differ', { hubs: [...onBoth(...whole), { of: 'hub 3', records: [a, b] }] }, 'hub 3 and hub 1 differ'],
    ['a hub that nobody read', { hubs: [] }, 'no hub was read'],
    ['a reader that missed something', { readers: reader(a, beat) }, 'a reader: never saw id 2 (reservation/b)'],
    [
      'a reader that got things out of order',
      { readers: reader(b, a, beat) },
      'a reader: id 1 (reservation/a) came after id 2 (reservation/b)',
    ],
    [
      'a reader that got something twice',
      { readers: reader(a, b, { ...a, id: 3 }, beat) },
      'a reader: was given reservation/a 2 times',
    ],
    ['a token for two', { grants: [grant(1, 'x', 100), grant(1, 'y', 100)] }, 'claim/t: token 1 was given to x and y'],
    [
      'a lease that passed on too early',
      { readers: reader(...whole, lease(5, 1, 'x', 0, 100), lease(6, 2, 'y', 90, 200)) },
      'claim/t: token 2 began 10 ms before the one before had lapsed',
    ],
    [
      'a lease that passed on although its renewal was acknowledged',
      { grants: [grant(1, 'x', 150)], readers: reader(...whole, lease(5, 1, 'x', 0, 100), lease(6, 2, 'y', 110, 200)) },
      'claim/t: token 2 began 40 ms before the one before had lapsed',
    ],
  ])('tells of %s', (_, change, violation) => {
    expect(violationsIn({ ...kept, ...change })).toContain(violation)
  })
})
