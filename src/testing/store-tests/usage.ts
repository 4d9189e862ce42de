import assert from 'node:assert/strict'
import { KINDS_KEPT } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import { bytesOf, type Usage } from '../../hub/stores/usage.js'
import { assertSame, at, incoming, NOON, push, readAll, type StoreTest, several } from './store-test.js'

/** What each handle has, counted anew. */
async function recount(store: Store, ...slugs: string[]): Promise<(Usage & { handle: string })[]> {
  const found = new Map<string, Usage>()
  for (const slug of slugs) {
    const space = await store.createSpace('ada', slug)
    for (const record of await readAll(store, space)) {
      const { records, bytes } = found.get(record.author) ?? { records: 0, bytes: 0 }
      found.set(record.author, { records: records + 1, bytes: bytes + bytesOf(record) })
    }
  }
  return [...found]
    .map(([handle, usage]) => ({ handle, ...usage }))
    .sort((one, other) => other.bytes - one.bytes || (one.handle < other.handle ? -1 : 1))
}

const beat = (author: string, payloadJson: string, more = {}) =>
  incoming({ kind: 'beat', recordId: author, payloadJson, ...more })
const few = (records: number, bytes = Number.MAX_SAFE_INTEGER) => ({ quota: { records, bytes } })

export const usageTests: readonly StoreTest[] = [
  {
    name: 'counts what each handle has written of what is kept, in all spaces',
    async run({ open }) {
      const store = await open()
      assertSame(await store.usage('ada'), { spaces: 0, records: 0, bytes: 0 })
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      await push(store, space, [...several(3, 'n', { payloadJson: '{"é":1}' }), beat('ada', '{"n":1}')])
      await push(store, other, [incoming({ runId: 'lauf-ü' })])
      await push(store, space, [beat('bob', '{"n":1}'), beat('ada', '{"n":3}')], { author: 'bob' })
      // Larger, smaller, the same again, twice in one push, and by force in the place of another's.
      await push(store, space, [beat('ada', '{"n":"more than before"}')])
      await push(store, space, [beat('ada', '{}'), beat('ada', '{"n":2}')])
      await push(store, space, [incoming({ recordId: 'n0', payloadJson: '{"é":1}' })])
      await push(store, space, [beat('bob', '{"n":"taken"}', { force: true })])
      await push(store, space, [beat('carol', '{}')], { author: 'carol' })
      const counted = await recount(store, 'engine', 'other')
      assertSame(await store.usages(), counted)
      assert.deepEqual(
        counted.map(({ handle, records }) => [handle, records]),
        [
          ['ada', 6],
          ['carol', 1],
        ],
      )
      const [{ handle, ...ada }] = counted as [Usage & { handle: string }]
      assertSame([handle, await store.usage('ada')], ['ada', { spaces: 2, ...ada }])
    },
  },
  {
    name: 'rejects by itself each new record beyond what its author may have, in whatever space',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      const first = await push(store, space, several(3, 'n'), few(2))
      assertSame([first.inserted, first.rejected.map(({ recordId }) => recordId)], [2, ['n2']])
      assert.match(first.rejected[0]?.reason ?? '', /ada may have 2 records/)
      assert.equal((await push(store, other, [incoming()], few(2))).rejected.length, 1)
      // What is there is skipped, and what another writes is not ada's.
      const again = await push(store, space, [...several(2, 'n')], few(2))
      assertSame([again.skipped, again.rejected], [2, []])
      assert.equal((await push(store, space, [incoming()], { ...few(2), author: 'bob' })).inserted, 1)
      assert.equal((await push(store, space, [incoming({ recordId: 'more' })], few(3))).inserted, 1)
    },
  },
  {
    name: 'keeps some room for the changes of what is there, and always takes what is smaller',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const text = (length: number) => JSON.stringify({ n: 'x'.repeat(length) })
      await push(store, space, [beat('ada', text(1000))])
      const { bytes } = await store.usage('ada')
      const quota = few(9, bytes)
      assert.equal((await push(store, space, [incoming()], quota)).rejected.length, 1)
      assert.equal((await push(store, space, [beat('ada', text(1050))], quota)).updated, 1)
      const most = await push(store, space, [beat('ada', text(1200))], quota)
      assert.match(most.rejected[0]?.reason ?? '', new RegExp(`ada may have ${bytes} bytes`))
      assert.equal((await push(store, space, [beat('ada', text(1040))], few(0, 0))).updated, 1)
    },
  },
  {
    name: 'grants no lease beyond what its author may have, and lets one that is there be renewed and ended',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const claim = (recordId: string, more = {}) =>
        incoming({ kind: 'claim', recordId, expiresAt: at(60), token: null, ...more })
      assert.equal((await push(store, space, [claim('a')], few(1))).leases.length, 1)
      const { leases, rejected } = await push(store, space, [claim('b'), claim('c')], { ...few(1), first: true })
      assertSame([leases, rejected.length], [[], 2])
      const renewal = { token: 1, revision: 1, expiresAt: at(90), payloadJson: '{"n":2}' }
      assert.equal((await push(store, space, [claim('a', renewal)], few(1))).updated, 1)
      const end = { token: 1, revision: 2, expiresAt: null, payloadJson: '{"n":3}' }
      assert.equal((await push(store, space, [claim('a', end)], few(1))).updated, 1)
    },
  },
  {
    name: 'gives back what was swept, and counts what was imported',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [...several(4, 'n', { expiresAt: at(-1) }), beat('ada', '{}')])
      await push(store, space, several(2, 'b', { expiresAt: at(-1) }), { author: 'bob' })
      if (store.sweep === undefined) return
      await store.sweep(space, [{ kind: 'note', lapsedBefore: NOON, receivedBefore: null }])
      assertSame(await store.usages(), await recount(store, 'engine'))
      assert.equal((await store.usage('bob')).records, 0)
      assert.equal((await push(store, space, several(4, 'again'), few(5))).inserted, 4)
      if (store.archive === undefined) return
      await store.archive.importSpace('ada', 'copy', store.archive.exportSpace(space))
      assertSame(await store.usages(), await recount(store, 'engine', 'copy'))
    },
  },
  {
    name: 'counts right what many write at once, into several spaces',
    async run({ open }) {
      const stores = [await open(), await open()] as const
      const spaces = await Promise.all(['one', 'two', 'three'].map((slug) => stores[0].createSpace('ada', slug)))
      const pushes = Array.from({ length: 60 }, (_, n) =>
        push(
          stores[n % 2] as Store,
          spaces[n % 3] as (typeof spaces)[0],
          [
            ...several(5, `n${n % 20}-`),
            beat('shared', `{"n":${n}}`, { force: true }),
            incoming({ kind: 'beat', recordId: `b${n % 7}`, payloadJson: `{"n":"${'x'.repeat(n)}"}` }),
          ],
          { author: ['ada', 'bob', 'carol'][(n * 7) % 3] as string },
        ),
      )
      await Promise.all(pushes)
      assertSame(await stores[0].usages(), await recount(stores[0], 'one', 'two', 'three'))
    },
  },
  {
    name: 'takes no more kinds in a space than are read with every push',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const kinds = (count: number, prefix: string) =>
        Array.from({ length: count }, (_, n) => incoming({ kind: `${prefix}${n}` }))
      const { inserted, rejected } = await push(store, space, kinds(KINDS_KEPT + 2, 'k'))
      assertSame([inserted, rejected.length], [KINDS_KEPT, 2])
      assert.equal((await push(store, space, kinds(2, 'other'))).rejected.length, 2)
      assert.equal((await push(store, space, [incoming({ kind: 'k0', recordId: 'y' })])).inserted, 1)
      await store.setRule(space, 'k0', 'latest')
      await assert.rejects(store.setRule(space, 'beat', 'latest'), { code: 'QUOTA_REACHED' })
    },
  },
]
