import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreAnswer } from '../../hub/stores/record-store.js'
import type { Space } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import { assertSame, at, incoming, LONG_AGO, page, push, readAll, type StoreTest, several } from './store-test.js'

/** The numbers of an answer, with the reasons of its conflicts. */
function outcome({ inserted, updated, skipped, conflicts, rejected }: StoreAnswer): unknown[] {
  return [inserted, updated, skipped, conflicts.map(({ reason }) => reason), rejected.length]
}

export const mergeTests: readonly StoreTest[] = [
  {
    name: 'gives back what was pushed, with what the hub adds, in the order it came',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const sent = [
        incoming({ recordId: 'sha256:0f', payloadJson: '{ "b" : 1.0,  "a":"\\u0000 é \\ud83d\\ude00 😀 \'\\"\\\\" }' }),
        incoming({ kind: 'beat', recordId: 'run-1', runId: '', expiresAt: '2126-03-18T14:00:00.123456+02:00' }),
        incoming({ kind: 'claim', recordId: 'x', runId: 'ré "quoted" \'run\'', expiresAt: at(60) }),
        incoming({ recordId: 'large', payloadJson: JSON.stringify({ text: 'é'.repeat(120_000) }) }),
      ]
      const answer = await push(store, space, sent, { author: 'bob' })
      const { now, epoch: _, position: __, ...counts } = answer
      assertSame(counts, {
        inserted: 4,
        updated: 0,
        skipped: 0,
        conflicts: [],
        rejected: [],
        leases: [{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(60) }],
        ranOut: 0,
        cursor: 4,
      })
      const added = { author: 'bob', receivedAt: now }
      assertSame(
        await readAll(store, space),
        sent.map((record, index) => ({
          ...record,
          ...added,
          id: index + 1,
          token: index === 2 ? 1 : null,
          revision: null,
        })),
      )
    },
  },
  {
    name: 'once: keeps the first payload, skips the same and names another',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [incoming({ payloadJson: '{"a":1,"b":[2]}' })])
      const same = incoming({ payloadJson: '{"b":[2], "a":1}' })
      assertSame(outcome(await push(store, space, [same], { author: 'bob' })), [0, 0, 1, [], 0])
      const answer = await push(store, space, [incoming({ payloadJson: '{"a":2}' })])
      assertSame(answer.conflicts, [{ kind: 'note', recordId: 'x', reason: 'different_content', holder: null }])
      assert.equal(answer.cursor, 1)
      assertSame(
        (await readAll(store, space)).map(({ id, payloadJson }) => [id, payloadJson]),
        [[1, '{"a":1,"b":[2]}']],
      )
    },
  },
  {
    name: 'latest: replaces a register of the same author under a new id',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [incoming({ kind: 'beat' }), incoming({ kind: 'beat', recordId: 'y' })])
      const changed = incoming({ kind: 'beat', payloadJson: '{"n":2}' })
      assertSame(outcome(await push(store, space, [changed])), [0, 1, 0, [], 0])
      assertSame(outcome(await push(store, space, [changed])), [0, 0, 1, [], 0])
      assertSame(
        (await readAll(store, space)).map(({ id, recordId, payloadJson }) => [id, recordId, payloadJson]),
        [
          [2, 'y', '{"n":1}'],
          [3, 'x', '{"n":2}'],
        ],
      )
    },
  },
  {
    name: 'latest: lets only its author and the owner of the space change a register',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [incoming({ kind: 'beat' })], { author: 'bob' })
      const changed = incoming({ kind: 'beat', payloadJson: '{"n":2}' })
      assertSame(outcome(await push(store, space, [changed], { author: 'carol' })), [0, 0, 0, ['not_author'], 0])
      assertSame(outcome(await push(store, space, [changed], { author: 'ada' })), [0, 1, 0, [], 0])
    },
  },
  {
    name: 'latest: takes a change only in place of the revision that it names, and tells the one that stands',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const change = (n: number, after: number | null) =>
        incoming({ kind: 'beat', payloadJson: `{"n":${n}}`, revision: n, after })
      await push(store, space, [change(1, null)])
      assertSame(outcome(await push(store, space, [change(2, 1)])), [0, 1, 0, [], 0])
      const { conflicts } = await push(store, space, [change(1, null), change(3, 1)])
      const refused = { kind: 'beat', recordId: 'x', reason: 'stale', holder: null, revision: 2 }
      assertSame(conflicts, [refused, refused])
      assertSame(
        (await readAll(store, space)).map(({ id, payloadJson, revision }) => [id, payloadJson, revision]),
        [[2, '{"n":2}', 2]],
      )
    },
  },
  {
    name: 'lease: is held by one run, renewed under its token, and named to others',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const claim = incoming({ kind: 'claim', expiresAt: at(60) })
      const first = await push(store, space, [claim])
      assertSame((await push(store, space, [claim])).leases, first.leases)
      const other = await push(store, space, [{ ...claim, runId: 'run-2' }], { author: 'bob' })
      const holder = { runId: 'run-1', expiresAt: at(60), token: 1 }
      assertSame(other.conflicts, [{ kind: 'claim', recordId: 'x', reason: 'held', holder }])
      assertSame(other.leases, [])
      const renewed = await push(store, space, [{ ...claim, expiresAt: at(120) }])
      assertSame(renewed.leases, [{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(120) }])
      const stranger = await push(store, space, [{ ...claim, expiresAt: at(180) }], { author: 'bob' })
      assertSame(outcome(stranger), [0, 0, 0, ['not_author'], 0])
    },
  },
  {
    name: 'lease: goes to the next run with a higher token once it lapsed by the clock of the hub',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const end = Date.parse((await push(store, space, [])).now) + 500
      await push(store, space, [incoming({ kind: 'claim', expiresAt: new Date(end).toISOString() })])
      const next = incoming({ kind: 'claim', runId: 'run-2', expiresAt: at(120) })
      for (let isOver = false; !isOver; ) {
        const answer = await push(store, space, [next], { author: 'bob' })
        isOver = Date.parse(answer.now) >= end
        assertSame(outcome(answer), isOver ? [0, 1, 0, [], 0] : [0, 0, 0, ['held'], 0])
        if (!isOver) await sleep(20)
        else assertSame(answer.leases, [{ kind: 'claim', recordId: 'x', token: 2, expiresAt: at(120) }])
      }
      const [row] = await readAll(store, space)
      assertSame([row?.id, row?.runId, row?.author, row?.token], [2, 'run-2', 'bob', 2])
    },
  },
  {
    name: 'lease: changes a tenure for its own run, by token and ascending revision, and begins one only at its last token',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const claim = (runId: string, token: number | null) =>
        incoming({ kind: 'claim', runId, expiresAt: at(60), token })
      const change = (token: number, revision: number, expiresAt: string) =>
        incoming({ kind: 'claim', expiresAt, token, revision })
      assert.equal((await push(store, space, [claim('run-1', null)])).leases[0]?.token, 1)
      assertSame(outcome(await push(store, space, [claim('run-1', null)])), [0, 0, 1, [], 0])
      assertSame((await push(store, space, [change(1, 2, at(120))])).leases, [
        { kind: 'claim', recordId: 'x', token: 1, expiresAt: at(120) },
      ])
      const { conflicts } = await push(store, space, [
        change(1, 1, at(90)),
        claim('run-2', 1),
        incoming({ kind: 'claim', expiresAt: at(90) }),
      ])
      const about = { kind: 'claim', recordId: 'x' }
      const holder = { runId: 'run-1', expiresAt: at(120), token: 1 }
      assertSame(conflicts, [
        { ...about, reason: 'stale', holder, revision: 2, token: 1 },
        { ...about, reason: 'held', holder, revision: 2, token: 1 },
        { ...about, reason: 'held', holder },
      ])
      assertSame(outcome(await push(store, space, [change(1, 3, LONG_AGO)])), [0, 1, 0, [], 0])
      const late = await push(store, space, [change(1, 4, at(90)), claim('run-2', null)])
      const free = { ...about, reason: 'stale', holder: null, revision: 3, token: 1 }
      assertSame(late.conflicts, [free, free])
      assert.equal((await push(store, space, [claim('run-2', 1)])).leases[0]?.token, 2)
      const [row] = await readAll(store, space)
      assertSame([row?.runId, row?.token, row?.revision], ['run-2', 2, 0])
    },
  },
  {
    name: 'lets the owner of the space, and nobody else, override what stands by force',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const force = true
      await push(store, space, [incoming(), incoming({ kind: 'claim', token: null })], { author: 'bob' })
      const forced = [
        incoming({ payloadJson: '{"n":2}', revision: 1, force }),
        incoming({ kind: 'claim', runId: 'run-2', expiresAt: at(60), token: 1, force }),
      ]
      const refused = await push(store, space, forced, { author: 'bob' })
      assertSame(outcome(refused), [0, 0, 0, ['different_content', 'held'], 0])
      assertSame(outcome(await push(store, space, forced)), [0, 2, 0, [], 0])
      assertSame(
        (await readAll(store, space)).map(({ payloadJson, runId, author, token }) => [
          payloadJson,
          runId,
          author,
          token,
        ]),
        [
          ['{"n":2}', 'run-1', 'ada', null],
          ['{"n":1}', 'run-2', 'ada', 2],
        ],
      )
    },
  },
  {
    name: 'dates what it receives by one time for a push, the one it answers, ascending with the ids',
    async run({ open }) {
      const stores = [await open(), await open()]
      const space = (await stores[0]?.createSpace('ada', 'engine')) as Space
      const pushes = Array.from({ length: 20 }, (_, index) =>
        push(stores[index % 2] as Store, space, several(3, `n${index}-`)),
      )
      const answers = await Promise.all(pushes)
      const records = await readAll(stores[0] as Store, space)
      const times = records.map(({ receivedAt }) => receivedAt)
      assertSame(times, [...times].sort())
      for (const { cursor, now } of answers) assert.equal(records.find(({ id }) => id === cursor)?.receivedAt, now)
      const read = await page(stores[1] as Store, space, 0)
      assert.ok(read.now >= Date.parse(times.at(-1) as string))
    },
  },
  {
    name: 'lease: is for good without an expiry',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [incoming({ kind: 'claim', expiresAt: null })])
      const late = await push(store, space, [incoming({ kind: 'claim', runId: 'run-2' })])
      assertSame(outcome(late), [0, 0, 0, ['held'], 0])
    },
  },
  {
    name: 'lease: without an expiry of a writer that sends no token is claimed anew by who names it, after the longest time',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const endless = incoming({ kind: 'claim', expiresAt: null })
      await push(store, space, [endless, { ...endless, recordId: 'counted', token: null }])
      const soon = new Date(Date.parse((await push(store, space, [])).now) + 20_000).toISOString()
      const next = (more: object) => incoming({ kind: 'claim', runId: 'run-2', expiresAt: soon, token: 1, ...more })
      const refused = [0, 0, 0, ['held'], 0]
      const over = { maxLeaseSeconds: 0 }
      assertSame(outcome(await push(store, space, [next({ replaces: 1 })], { maxLeaseSeconds: 3600 })), refused)
      assertSame(outcome(await push(store, space, [next({ replaces: 1 })])), refused)
      assertSame(outcome(await push(store, space, [next({})], over)), refused)
      assertSame(outcome(await push(store, space, [next({ replaces: 2 })], over)), refused)
      assertSame(outcome(await push(store, space, [next({ recordId: 'counted', replaces: 2 })], over)), refused)
      const { leases } = await push(store, space, [next({ replaces: 1 })], over)
      assertSame(leases, [{ kind: 'claim', recordId: 'x', token: 2, expiresAt: soon }])
      const [, row] = await readAll(store, space)
      assertSame([row?.id, row?.runId, row?.revision, row !== undefined && 'replaces' in row], [3, 'run-2', 0, false])
    },
  },
  {
    name: 'fixes the rule of a kind with its first push, space by space, and rejects records under another',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      const lock = incoming({ kind: 'lock', expiresAt: at(60) })
      const lease = { rules: new Map([['lock', 'lease'] as const]) }
      const latest = { rules: new Map([['lock', 'latest'] as const]) }
      assert.equal((await push(store, space, [lock], lease)).leases.length, 1)
      const refused = await push(store, space, [{ ...lock, recordId: 'y' }, incoming()], latest)
      assertSame(outcome(refused), [1, 0, 0, [], 1])
      assertSame([refused.rejected[0]?.kind, refused.rejected[0]?.recordId], ['lock', 'y'])
      assert.match(refused.rejected[0]?.reason ?? '', /lease.*latest/)
      const unnamed = await push(store, space, [{ ...lock, runId: 'run-2' }], { rules: new Map() })
      assertSame(outcome(unnamed), [0, 0, 0, ['held'], 0])
      assertSame(outcome(await push(store, other, [lock], latest)), [1, 0, 0, [], 0])
    },
  },
  {
    name: 'stores a kind without any rule by "once", and a kind the hub knows by the rule of the hub',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const rules = new Map()
      await push(store, space, [incoming({ kind: 'memo' })], { rules })
      const changed = await push(store, space, [incoming({ kind: 'memo', payloadJson: '{}' })], { rules })
      assertSame(outcome(changed), [0, 0, 0, ['different_content'], 0])
      const hubRules = new Map([['lock', 'lease'] as const])
      const granted = await push(store, space, [incoming({ kind: 'lock' })], { rules, hubRules })
      assert.equal(granted.leases.length, 1)
    },
  },
  {
    name: 'takes the records of a push one after the other, also when a key comes twice',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const answer = await push(store, space, [
        incoming(),
        incoming(),
        incoming({ payloadJson: '{"n":2}' }),
        incoming({ kind: 'beat' }),
        incoming({ recordId: 'y' }),
        incoming({ kind: 'beat', payloadJson: '{"n":2}' }),
      ])
      assertSame(outcome(answer), [3, 1, 1, ['different_content'], 0])
      assert.equal(answer.cursor, 4)
      assertSame(
        (await readAll(store, space)).map(({ id, kind, payloadJson }) => [id, kind, payloadJson]),
        [
          [1, 'note', '{"n":1}'],
          [3, 'note', '{"n":1}'],
          [4, 'beat', '{"n":2}'],
        ],
      )
    },
  },
  {
    name: 'merges a thousand records at once, new, changed and the same',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const beats = several(1000, 'r', { kind: 'beat' })
      assertSame(outcome(await push(store, space, beats)), [1000, 0, 0, [], 0])
      assertSame(outcome(await push(store, space, beats)), [0, 0, 1000, [], 0])
      const half = beats.map((beat, index) => (index % 2 === 0 ? beat : { ...beat, payloadJson: '{"n":2}' }))
      const answer = await push(store, space, half)
      assertSame(outcome(answer), [0, 500, 500, [], 0])
      assert.equal(answer.cursor, 1500)
      assert.equal((await readAll(store, space, 300)).length, 1000)
    },
  },
  {
    name: 'answers an empty push with zeros and where the space ends',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, several(2, 'n'))
      const answer = await push(store, space, [])
      assertSame(outcome(answer), [0, 0, 0, [], 0])
      assert.equal(answer.cursor, 2)
    },
  },
  {
    name: 'keeps spaces apart: their keys, ids and tokens are their own',
    async run({ open }) {
      const store = await open()
      const spaces = [await store.createSpace('ada', 'engine'), await store.createSpace('bob', 'engine')]
      for (const space of spaces) {
        const answer = await push(store, space, [incoming({ kind: 'claim' }), incoming()])
        assertSame(outcome(answer), [2, 0, 0, [], 0])
        assert.equal(answer.leases[0]?.token, 1)
        assertSame(
          (await readAll(store, space)).map(({ id }) => id),
          [1, 2],
        )
      }
    },
  },
]
