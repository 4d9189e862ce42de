import assert from 'node:assert/strict'
import type { IncomingRecord, StoreAnswer, StorePush } from '../../hub/stores/record-store.js'
import { assertSame, at, incoming, LONG_AGO, NOON, push, readAll, type StoreTest } from './store-test.js'

const FIRST: Partial<StorePush> = { first: true }

/** A claim that names no token, but for what is given. */
function claim(recordId: string, fields: Partial<IncomingRecord> = {}): IncomingRecord {
  return incoming({ kind: 'claim', recordId, expiresAt: at(60), token: null, ...fields })
}

function claims(runId: string, ...ids: string[]): IncomingRecord[] {
  return ids.map((id) => claim(id, { runId, payloadJson: `{"by":"${runId}"}` }))
}

/** What was granted, how many were skipped, and why the others were not granted. */
function outcome({ leases, skipped, conflicts, rejected }: StoreAnswer): unknown[] {
  const refusals = conflicts.map(({ recordId, reason }) => `${recordId} ${reason}`)
  return [leases.map(({ recordId }) => recordId), skipped, refusals, rejected.length]
}

export const firstTests: readonly StoreTest[] = [
  {
    name: 'grants the first that is free, and looks at no further',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      assertSame(outcome(await push(store, space, claims('r1', 'a', 'b', 'c'), FIRST)), [['a'], 2, [], 0])
      const second = await push(store, space, claims('r2', 'a', 'b', 'c'), FIRST)
      assertSame(outcome(second), [['b'], 1, ['a held'], 0])
      assertSame(second.conflicts[0]?.holder, { runId: 'r1', expiresAt: at(60), token: 1 })
      assert.equal(second.inserted, 1)
      await push(store, space, claims('r3', 'a', 'b', 'c'), FIRST)
      assertSame(outcome(await push(store, space, claims('r4', 'a', 'b', 'c'), FIRST)), [
        [],
        0,
        ['a held', 'b held', 'c held'],
        0,
      ])
      const stored = (await readAll(store, space)).map(({ id, recordId, runId }) => [id, recordId, runId])
      assertSame(stored, [
        [1, 'a', 'r1'],
        [2, 'b', 'r2'],
        [3, 'c', 'r3'],
      ])
    },
  },
  {
    name: 'gives many who ask for the first at once one each, in the order in which they ask for them',
    async run({ open }) {
      const stores = [await open(), await open()]
      const space = await (stores[0] as (typeof stores)[0]).createSpace('ada', 'engine')
      const ids = Array.from({ length: 20 }, (_, n) => `t${n}`)
      const asked = Array.from({ length: 12 }, (_, n) =>
        push(stores[n % 2] as (typeof stores)[0], space, claims(`r${n}`, ...ids), FIRST),
      )
      const granted = (await Promise.all(asked)).map(({ leases }) => leases.map(({ recordId }) => recordId))
      assert.equal(
        granted.every(({ length }) => length === 1),
        true,
      )
      assertSame(granted.flat().sort(), ids.slice(0, 12).sort())
    },
  },
  {
    name: 'passes over what is free under another token, and tells the token',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, claims('r1', 'a'))
      await push(store, space, [claim('a', { runId: 'r1', expiresAt: LONG_AGO, token: 1, revision: 1 })])
      const passed = await push(store, space, claims('r2', 'a', 'b'), FIRST)
      assertSame(outcome(passed), [['b'], 0, ['a stale'], 0])
      assertSame(passed.conflicts[0], {
        ...{ kind: 'claim', recordId: 'a', reason: 'stale', holder: null, revision: 1, token: 1 },
      })
      const told = await push(store, space, [claim('a', { runId: 'r3', token: 1 })], FIRST)
      assertSame(told.leases, [{ kind: 'claim', recordId: 'a', token: 2, expiresAt: at(60) }])
    },
  },
  {
    name: 'grants again what was granted to the same question, whatever is free before it by then',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, claims('r1', 'a'))
      const question = [claim('a', { runId: 'r2', token: 1 }), ...claims('r2', 'b', 'c')]
      assertSame(outcome(await push(store, space, question, FIRST)), [['b'], 1, ['a held'], 0])
      await push(store, space, [claim('a', { runId: 'r1', expiresAt: LONG_AGO, token: 1, revision: 1 })])
      assertSame(outcome(await push(store, space, question, FIRST)), [['b'], 3, [], 0])
      assert.equal((await push(store, space, question, { ...FIRST, author: 'bob' })).leases[0]?.recordId, 'a')
    },
  },
  {
    name: 'grants by it neither what is no claim, nor what has no end or has ended',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const none = [
        incoming({ kind: 'claim', recordId: 'a', expiresAt: at(60) }),
        claim('b', { revision: 1, token: 1 }),
        claim('c', { expiresAt: null }),
        claim('d', { force: true }),
        incoming({ kind: 'note', recordId: 'e', expiresAt: at(60), token: null }),
        claim('f', { expiresAt: LONG_AGO }),
      ]
      const answer = await push(store, space, none, FIRST)
      assertSame(outcome(answer), [[], 1, [], 5])
      assert.equal(answer.cursor, 0)
      assertSame(await readAll(store, space), [])
    },
  },
  {
    name: 'does nothing for a push whose signature has acted, also where both come at once',
    async run({ open }) {
      const stores = [await open(), await open()]
      const [store] = stores as [(typeof stores)[0]]
      const space = await store.createSpace('ada', 'engine')
      const signature = { hash: 'ab'.repeat(32), expiresAt: NOON + 300_000 }
      const asked = Array.from({ length: 6 }, (_, n) =>
        push(stores[n % 2] as (typeof stores)[0], space, claims(`r${n}`, 'a', 'b', 'c'), { ...FIRST, signature }),
      )
      const played = await Promise.allSettled(asked)
      const refused = played.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
      assertSame(
        refused,
        Array.from({ length: 5 }, () => 'SIGNATURE_USED'),
      )
      assertSame(
        (await readAll(store, space)).map(({ recordId }) => recordId),
        ['a'],
      )
      await assert.rejects(push(store, space, [incoming()], { signature }), { code: 'SIGNATURE_USED' })
      assert.equal(await store.useSignature(signature), false)
      const other = { hash: 'cd'.repeat(32), expiresAt: NOON + 300_000 }
      assert.equal((await push(store, space, [incoming()], { signature: other })).inserted, 1)
    },
  },
]
