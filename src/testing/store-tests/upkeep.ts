import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IncomingRecord } from '../../hub/stores/record-store.js'
import type { Space } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import type { SweepRule } from '../../hub/stores/store-upkeep.js'
import { assertSame, at, incoming, LONG_AGO, NOON, page, push, readAll, type StoreTest, several } from './store-test.js'

/** A test for stores that can do what it is about; those that cannot have nothing to keep here. */
function whereKept(
  name: string,
  capability: 'sweep' | 'stats',
  test: (store: Required<Store>, space: Space) => Promise<void>,
): StoreTest {
  return {
    name,
    async run({ open }) {
      const store = await open()
      if (store[capability] !== undefined) {
        await test(store as Required<Store>, await store.createSpace('ada', 'engine'))
      }
    },
  }
}

/** The rules that these tests push with. */
const SWEPT_RULES = [
  ['note', 'once'],
  ['beat', 'latest'],
] as const

function rule(kind: string, fields: Partial<SweepRule>): SweepRule {
  return { kind, lapsedBefore: null, receivedBefore: null, ...fields }
}

export const upkeepTests: readonly StoreTest[] = [
  whereKept('sweeps what has lapsed of a kind, and nothing else', 'sweep', async (store, space) => {
    await push(store, space, [
      incoming({ kind: 'beat', recordId: 'gone', expiresAt: at(-10) }),
      incoming({ kind: 'beat', recordId: 'late', expiresAt: '2126-03-18T13:59:59.999+02:00' }),
      incoming({ kind: 'beat', recordId: 'there', expiresAt: at(0) }),
      incoming({ kind: 'beat', recordId: 'for good' }),
      incoming({ kind: 'note', recordId: 'other', expiresAt: at(-10) }),
    ])
    const other = await store.createSpace('ada', 'other')
    await push(store, other, [incoming({ kind: 'beat', expiresAt: at(-10) })])
    const swept = await store.sweep(space, [rule('beat', { lapsedBefore: NOON }), rule('none', { lapsedBefore: NOON })])
    assertSame([[...swept.removed], swept.floorId], [[['beat', 2]], 2])
    assertSame(
      (await readAll(store, space)).map(({ id, recordId }) => [id, recordId]),
      [
        [3, 'there'],
        [4, 'for good'],
        [5, 'other'],
      ],
    )
    assert.equal((await readAll(store, other)).length, 1)
  }),
  whereKept(
    'keeps what a register names that has not lapsed, however many there are',
    'sweep',
    async (store, space) => {
      await push(store, space, several(4, 'n', { kind: 'note', expiresAt: at(-10) }))
      const beats = several(450, 'b', { kind: 'beat', expiresAt: at(10) })
      const naming = (recordId: string, name: string) => ({ recordId, payloadJson: `{"held":["${name}"]}` })
      await push(store, space, [...beats.slice(0, 449), { ...beats[449], ...naming('b449', 'n0') } as IncomingRecord])
      await push(store, space, [incoming({ kind: 'beat', expiresAt: at(-10), ...naming('lapsed', 'n1') })])
      await push(store, space, [incoming({ kind: 'other', expiresAt: at(10), ...naming('first', 'n2') })])
      await store.setRule(space, 'other', 'latest')
      const swept = await store.sweep(space, [rule('note', { lapsedBefore: NOON })])
      assertSame([...swept.removed], [['note', 2]])
      const left = (await readAll(store, space)).filter(({ kind }) => kind === 'note')
      assertSame(
        left.map(({ recordId }) => recordId),
        ['n0', 'n2'],
      )
    },
  ),
  whereKept('ends a sweep that is wanted no more', 'sweep', async (store, space) => {
    await push(store, space, several(3, 'n', { kind: 'note', expiresAt: at(-10) }))
    const swept = await store.sweep(space, [rule('note', { lapsedBefore: NOON })], AbortSignal.abort())
    assertSame([[...swept.removed], (await readAll(store, space)).length], [[], 3])
  }),
  whereKept('sweeps what was received long ago', 'sweep', async (store, space) => {
    await push(store, space, several(2, 'old'))
    await sleep(20)
    const { now } = await push(store, space, several(2, 'new'))
    const swept = await store.sweep(space, [rule('note', { receivedBefore: Date.parse(now) })])
    assertSame([[...swept.removed], swept.floorId], [[['note', 2]], 2])
    assertSame(
      (await readAll(store, space)).map(({ recordId }) => recordId),
      ['new0', 'new1'],
    )
  }),
  whereKept('sweeps more than it takes at once, and finds nothing the second time', 'sweep', async (store, space) => {
    for (let batch = 0; batch < 6; batch++) {
      await push(store, space, several(1000, `b${batch}-`, { expiresAt: at(batch % 2 === 0 ? -1 : 1) }))
    }
    const first = await store.sweep(space, [rule('note', { lapsedBefore: NOON })])
    assertSame([[...first.removed], first.floorId], [[['note', 3000]], 5000])
    assert.equal((await readAll(store, space)).length, 3000)
    const second = await store.sweep(space, [rule('note', { lapsedBefore: NOON })])
    assertSame([[...second.removed], second.floorId], [[], 5000])
  }),
  whereKept('tells readers of the floor, and hands out no id again', 'sweep', async (store, space) => {
    await push(store, space, several(3, 'n', { expiresAt: at(-1) }))
    assert.equal((await page(store, space, 0)).floorId, 0)
    await store.sweep(space, [rule('note', { lapsedBefore: NOON })])
    for (const kinds of [[], ['note']]) {
      const { records, lastId, floorId } = await page(store, space, 0, ...kinds)
      assertSame([records, lastId, floorId], [[], 3, 3])
    }
    assert.equal((await push(store, space, [incoming()])).cursor, 4)
    assert.equal((await page(store, space, 3)).floorId, 3)
  }),
  whereKept('hands out no token again of a lease that was swept', 'sweep', async (store, space) => {
    const claim = (runId: string, expiresAt: string) => incoming({ kind: 'claim', runId, expiresAt })
    for (const run of ['run-1', 'run-2', 'run-3']) await push(store, space, [claim(run, LONG_AGO)])
    await store.sweep(space, [rule('claim', { lapsedBefore: NOON })])
    assert.equal((await readAll(store, space)).length, 0)
    const granted = await push(store, space, [claim('run-1', at(120))])
    assert.equal(granted.leases[0]?.token, 4)
  }),
  whereKept(
    'keeps of leases what ended for good, what runs, and what tells how a record of its id was tried',
    'sweep',
    async (store, space) => {
      const rules = new Map([['claim', 'lease' as const]])
      const claim = (recordId: string, expiresAt: string | null) => incoming({ kind: 'claim', recordId, expiresAt })
      const ended = [claim('done', null), claim('alone', null)]
      const claims = [...ended, claim('runs', at(60)), claim('lapsed', LONG_AGO), claim('tried', LONG_AGO)]
      const tasks = ['done', 'tried'].map((recordId) => incoming({ kind: 'task', recordId }))
      await push(store, space, [...tasks, ...claims], { rules })
      const sweepAll = () => store.sweep(space, [rule('claim', { lapsedBefore: NOON, receivedBefore: 9e12 })])
      const left = async () => (await readAll(store, space)).map(({ kind, recordId }) => `${kind} ${recordId}`)
      assertSame([...(await sweepAll()).removed], [['claim', 1]])
      assertSame(await left(), ['task done', 'task tried', 'claim done', 'claim alone', 'claim runs', 'claim tried'])
      // What is done may be sent again at any time, and what was tried as well: it would count as new.
      await store.sweep(space, [rule('task', { receivedBefore: 9e12 })])
      assertSame([...(await sweepAll()).removed], [])
      assertSame(await left(), ['task tried', 'claim done', 'claim alone', 'claim runs', 'claim tried'])
    },
  ),
  whereKept('keeps a lease that was given back as long as one that has lapsed', 'sweep', async (store, space) => {
    const { now } = await push(store, space, [incoming({ kind: 'claim', expiresAt: LONG_AGO })])
    await store.sweep(space, [rule('claim', { lapsedBefore: Date.parse(now) })])
    assert.equal((await readAll(store, space)).length, 1)
    await store.sweep(space, [rule('claim', { lapsedBefore: Date.parse(now) + 1 })])
    assert.equal((await readAll(store, space)).length, 0)
  }),
  whereKept('keeps what tells of a record as long as that is there', 'sweep', async (store, space) => {
    const rules = new Map([...SWEPT_RULES, ['word', 'once' as const]])
    const word = (recordId: string, payload: object | string) =>
      incoming({
        ...{ kind: 'word', recordId },
        payloadJson: typeof payload === 'string' ? payload : JSON.stringify(payload),
      })
    const records = [
      incoming({ recordId: 'runs', expiresAt: at(60) }),
      word('of one', { ends: 'runs' }),
      word('in a list', { 'a "quoted" key': ['runs'] }),
      word('escaped', '{"ends":"\\u0072uns"}'),
      word('runs', {}),
      word('of none', { ends: 'run', why: 'runs late' }),
      incoming({ kind: 'beat', recordId: 'a beat', payloadJson: '{"holds":{"runs":1}}', expiresAt: at(-60) }),
    ]
    await push(store, space, records, { rules })
    const sweepAll = (lapsedBefore = NOON) =>
      store.sweep(
        space,
        ['word', 'beat'].map((kind) => rule(kind, { lapsedBefore, receivedBefore: 9e12 })),
      )
    assertSame([...(await sweepAll()).removed], [['word', 1]])
    assertSame([...(await sweepAll()).removed], [])
    await store.sweep(space, [rule('note', { lapsedBefore: NOON + 61_000 })])
    // The escaped one may name anything that comes.
    assertSame(
      [...(await sweepAll()).removed],
      [
        ['word', 3],
        ['beat', 1],
      ],
    )
  }),
  whereKept(
    'keeps what has an end to come, and what a register names until that has lapsed',
    'sweep',
    async (store, space) => {
      const beat = (recordId: string, holds: string, expiresAt: string | null) =>
        incoming({ kind: 'beat', recordId, payloadJson: `{"holds":{"${holds}":1}}`, expiresAt })
      const records = [
        ...['alive', 'for-good', 'lapsed', 'alone'].map((recordId) => incoming({ recordId, expiresAt: at(-60) })),
        ...[beat('b1', 'alive', at(1)), beat('b2', 'for-good', null), beat('b3', 'lapsed', at(-1))],
        incoming({ recordId: 'to come', expiresAt: at(60) }),
      ]
      await push(store, space, records)
      const kinds = async () => (await readAll(store, space)).map(({ recordId }) => recordId)
      await store.sweep(space, [rule('note', { lapsedBefore: NOON, receivedBefore: 9e12 })])
      assertSame(await kinds(), ['alive', 'for-good', 'b1', 'b2', 'b3', 'to come'])
      await store.sweep(space, [rule('beat', { lapsedBefore: NOON, receivedBefore: 9e12 })])
      assertSame(await kinds(), ['alive', 'for-good', 'b1', 'b2', 'to come'])
    },
  ),
  whereKept('keeps a record as long as a lease of its id that is not over for good', 'sweep', async (store, space) => {
    const claim = (recordId: string, expiresAt: string | null) => incoming({ kind: 'claim', recordId, expiresAt })
    const ids = ['done', 'runs', 'tried', 'new']
    const claims = [claim('done', null), claim('runs', at(60)), claim('tried', LONG_AGO)]
    await push(store, space, [...ids.map((recordId) => incoming({ recordId })), ...claims])
    const rules = ['note', 'claim'].map((kind) => rule(kind, { lapsedBefore: NOON, receivedBefore: 9e12 }))
    for (let hour = 0; hour < 2; hour++) await store.sweep(space, rules)
    assertSame(
      (await readAll(store, space)).map(({ kind, recordId }) => `${kind} ${recordId}`),
      ['note runs', 'note tried', 'claim done', 'claim runs', 'claim tried'],
    )
  }),
  whereKept('sweeps while writers push, and both come through', 'sweep', async (store, space) => {
    await push(store, space, several(1000, 'old', { kind: 'beat', expiresAt: at(-1) }))
    const pushing = Array.from({ length: 10 }, (_, n) =>
      push(store, space, several(20, 'old', { kind: 'beat', payloadJson: `{"n":${n}}`, expiresAt: at(n + 1) })),
    )
    const sweeping = store.sweep(space, [rule('beat', { lapsedBefore: NOON })])
    await Promise.all([...pushing, sweeping])
    const left = await readAll(store, space)
    assertSame(
      left.map(({ payloadJson }) => payloadJson),
      Array.from({ length: 20 }, () => '{"n":9}'),
    )
  }),
  whereKept('counts what a space has, kind by kind', 'stats', async (store, space) => {
    const notes = await push(store, space, several(3, 'n', { payloadJson: '{"é":1}' }))
    await sleep(20)
    await push(store, space, [incoming({ kind: 'beat' })])
    const beat = await push(store, space, [incoming({ kind: 'beat', payloadJson: '{}' })])
    const merge = { note: 'once', beat: 'latest' } as const
    const stats = await store.stats(space, Date.parse(notes.now) + 1)
    assertSame(
      [...stats].sort((one, other) => (one.kind < other.kind ? -1 : 1)),
      [
        {
          kind: 'beat',
          merge: merge.beat,
          records: 1,
          payloadCharacters: 2,
          receivedLately: 1,
          lastReceivedAt: beat.now,
        },
        {
          kind: 'note',
          merge: merge.note,
          records: 3,
          payloadCharacters: 21,
          receivedLately: 0,
          lastReceivedAt: notes.now,
        },
      ],
    )
    assertSame(await store.stats(await store.createSpace('ada', 'empty'), NOON), [])
  }),
]
