import assert from 'node:assert/strict'
import { assertSame, type StoreTest } from './store-test.js'

export const spaceTests: readonly StoreTest[] = [
  {
    name: 'knows no space that nobody made',
    async run({ open }) {
      const store = await open()
      assert.equal(await store.findSpace('ada', 'engine'), null)
    },
  },
  {
    name: 'makes a space private, and finds it again',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      assertSame(space, { id: space.id, owner: 'ada', slug: 'engine', visibility: 'private' })
      assertSame(await store.findSpace('ada', 'engine'), space)
    },
  },
  {
    name: 'makes one space when many ask for it at once',
    async run({ open }) {
      const stores = [await open(), await open()]
      const asked = Array.from({ length: 20 }, (_, n) => stores[n % 2]?.createSpace('ada', 'engine'))
      const ids = (await Promise.all(asked)).map((space) => space?.id)
      assert.equal(new Set(ids).size, 1)
    },
  },
  {
    name: 'tells spaces apart by owner and by slug, letter for letter',
    async run({ open }) {
      const store = await open()
      const names = [
        ['ada', 'engine'],
        ['Ada', 'engine'],
        ['ada', 'Engine'],
        ['bob', 'engine'],
        ['ada', '007'],
        ['ada', '7'],
      ] as const
      const spaces = await Promise.all(names.map(([owner, slug]) => store.createSpace(owner, slug)))
      assert.equal(new Set(spaces.map(({ id }) => id)).size, names.length)
      assert.equal((await store.findSpace('ada', '007'))?.slug, '007')
      assert.equal(await store.findSpace('ADA', 'engine'), null)
    },
  },
  {
    name: 'keeps the visibility that was set, also when the space is asked for again',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await store.setVisibility(space, 'public')
      assert.equal((await store.createSpace('ada', 'engine')).visibility, 'public')
      await store.setVisibility(space, 'private')
      assert.equal((await store.findSpace('ada', 'engine'))?.visibility, 'private')
    },
  },
  {
    name: 'keeps the members of a space with their roles',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      assertSame([...(await store.members(space))], [])
      await store.setMember(space, 'carol', 'read')
      await store.setMember(space, 'bob', 'write')
      await store.setMember(other, 'dan', 'read')
      assertSame(
        [...(await store.members(space))],
        [
          ['bob', 'write'],
          ['carol', 'read'],
        ],
      )
      await store.setMember(space, 'carol', 'write')
      assert.equal((await store.members(space)).get('carol'), 'write')
    },
  },
  {
    name: 'removes a member, and says whether there was one',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await store.setMember(space, 'bob', 'write')
      assert.equal(await store.removeMember(space, 'carol'), false)
      assert.equal(await store.removeMember(space, 'bob'), true)
      assert.equal(await store.removeMember(space, 'bob'), false)
      assert.equal((await store.members(space)).size, 0)
    },
  },
]
