import assert from 'node:assert/strict'
import type { StoreRecord } from '../../hub/stores/record-store.js'
import type { Space } from '../../hub/stores/space-directory.js'
import { assertSame, incoming, page, push, type StoreTest, several } from './store-test.js'

const ids = (records: readonly StoreRecord[]) => records.map(({ id }) => id)

export const readingTests: readonly StoreTest[] = [
  {
    name: 'answers an empty space with an empty page that ends at 0',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const { records, lastId, hasMore } = await page(store, space, 0)
      assertSame([ids(records), lastId, hasMore], [[], 0, false])
    },
  },
  {
    name: 'says of a space that it does not have that there is none, and not that it is empty',
    async run({ open }) {
      const store = await open()
      const none: Space = { id: 999_999, owner: 'ada', slug: 'engine', visibility: 'private' }
      const missing = { code: 'NO_SUCH_THING' }
      await assert.rejects(page(store, none, 0), missing)
      await assert.rejects(page(store, none, 0, 'note'), missing)
      await assert.rejects(push(store, none, [incoming()]), missing)
      if (store.positions) await assert.rejects(store.positions.judge(none, [{ id: 1, nonce: 'n' }]), missing)
    },
  },
  {
    name: 'gives pages in ascending order and says whether there is more',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, several(7, 'n'))
      const first = await store.since(space, { sinceId: 0, limit: 3, kinds: [] })
      assertSame([ids(first.records), first.lastId, first.hasMore], [[1, 2, 3], 7, true])
      const middle = await store.since(space, { sinceId: 3, limit: 4, kinds: [] })
      assertSame([ids(middle.records), middle.lastId, middle.hasMore], [[4, 5, 6, 7], 7, false])
      const end = await store.since(space, { sinceId: 7, limit: 3, kinds: [] })
      assertSame([ids(end.records), end.lastId, end.hasMore], [[], 7, false])
    },
  },
  {
    name: 'ends a page with the record that takes it past a number of bytes',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, several(6, 'n', { payloadJson: `{"text":"${'é'.repeat(500)}"}` }))
      for (const kinds of [[], ['note', 'clam']]) {
        const first = await store.since(space, { sinceId: 0, limit: 5, kinds, bytes: 2_500 })
        assertSame([ids(first.records), first.lastId, first.hasMore], [[1, 2, 3], 6, true])
        const one = await store.since(space, { sinceId: 3, limit: 5, kinds, bytes: 1 })
        assertSame([ids(one.records), one.hasMore], [[4], true])
        const rest = await store.since(space, { sinceId: 3, limit: 3, kinds, bytes: 100_000 })
        assertSame([ids(rest.records), rest.hasMore], [[4, 5, 6], false])
        const end = await store.since(space, { sinceId: 6, limit: 3, kinds, bytes: 100 })
        assertSame([ids(end.records), end.hasMore], [[], false])
      }
    },
  },
  {
    name: 'orders ids as numbers',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, several(120, 'n'))
      const { records } = await page(store, space, 8)
      assertSame(
        ids(records),
        Array.from({ length: 112 }, (_, index) => index + 9),
      )
    },
  },
  {
    name: 'gives only the kinds that are asked for, in one order, and still says where the space ends',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      for (let n = 0; n < 4; n++) {
        const recordId = `r${n}`
        const kinds = ['note', 'beat', 'claim']
        await push(
          store,
          space,
          kinds.map((kind) => incoming({ kind, recordId })),
        )
      }
      const two = await page(store, space, 0, 'claim', 'note')
      assertSame([ids(two.records), two.lastId, two.hasMore], [[1, 3, 4, 6, 7, 9, 10, 12], 12, false])
      const part = await store.since(space, { sinceId: 3, limit: 2, kinds: ['beat', 'beat', 'note'] })
      assertSame([ids(part.records), part.lastId, part.hasMore], [[4, 5], 12, true])
      const none = await page(store, space, 0, 'clam')
      assertSame([ids(none.records), none.lastId, none.hasMore], [[], 12, false])
      const last = await page(store, space, 10, 'beat')
      assertSame([ids(last.records), last.lastId, last.hasMore], [[11], 12, false])
    },
  },
  {
    name: 'shows a reader who comes from another store that it is beyond the end',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, [incoming()])
      const { records, lastId, hasMore } = await page(store, space, 999_999)
      assertSame([ids(records), lastId, hasMore], [[], 1, false])
    },
  },
  {
    name: 'shows a changed register once, at its new place, to a reader on its way',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await push(store, space, several(4, 'r', { kind: 'beat' }))
      const first = await store.since(space, { sinceId: 0, limit: 2, kinds: [] })
      await push(store, space, [incoming({ kind: 'beat', recordId: 'r2', payloadJson: '{"n":2}' })])
      const rest = await page(store, space, 2)
      assertSame(ids([...first.records, ...rest.records]), [1, 2, 4, 5])
      assert.equal(rest.records.at(-1)?.recordId, 'r2')
    },
  },
]
