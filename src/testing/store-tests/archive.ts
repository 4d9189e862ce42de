import assert from 'node:assert/strict'
import type { StoreRecord } from '../../hub/stores/record-store.js'
import type { Store } from '../../hub/stores/store.js'
import type { StoreArchive } from '../../hub/stores/store-upkeep.js'
import { assertSame, at, incoming, LONG_AGO, NOON, push, readAll, type StoreTest, several } from './store-test.js'

type Archiving = Store & { archive: StoreArchive }

/** A test for stores that have an archive; those that have none have nothing to keep here. */
function whereArchived(name: string, test: (store: Archiving) => Promise<void>): StoreTest {
  return {
    name,
    async run({ open }) {
      const store = await open()
      if (store.archive !== undefined) await test(store as Archiving)
    },
  }
}

export const archiveTests: readonly StoreTest[] = [
  whereArchived('lists all spaces and all identities', async (store) => {
    assertSame([await store.archive.spaces(), await store.archive.identities()], [[], []])
    const spaces = [await store.createSpace('bob', 'b'), await store.createSpace('ada', 'z')]
    const ada = { handle: 'ada', fingerprint: 'sha256:00', publicKey: 'YWRh', type: 'agent' as const }
    await store.register(ada)
    await store.register({ ...ada, handle: 'Bob' })
    assertSame(await store.archive.spaces(), [spaces[1], spaces[0]])
    assertSame(
      (await store.archive.identities()).map(({ handle }) => handle),
      ['Bob', 'ada'],
    )
  }),
  whereArchived('moves a space with its ids, tokens, floors, rules and members', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    await store.setVisibility(space, 'public')
    await store.setMember(space, 'bob', 'write')
    await push(store, space, several(1000, 'n'))
    await push(store, space, [...several(600, 'm'), incoming({ kind: 'claim', expiresAt: LONG_AGO })])
    await push(store, space, [incoming({ kind: 'claim', runId: 'run-2', expiresAt: at(60) })])
    await push(store, space, [incoming({ kind: 'beat' })])
    await push(store, space, [incoming({ kind: 'beat', payloadJson: '{"n":2}', revision: 7 })])

    const copy = await store.archive.importSpace('carol', 'copy', store.archive.exportSpace(space))
    assertSame(copy, { ...copy, owner: 'carol', slug: 'copy', visibility: 'public' })
    assert.notEqual(copy.id, space.id)
    assertSame(await readAll(store, copy), await readAll(store, space))
    assertSame([...(await store.members(copy))], [['bob', 'write']])
    const next = await push(store, copy, [incoming({ recordId: 'next' })], { author: 'ada' })
    assert.equal(next.cursor, 1604 + 1)
    const held = await push(store, copy, [incoming({ kind: 'claim', runId: 'run-3', expiresAt: at(99) })])
    assertSame(held.conflicts[0]?.holder, { runId: 'run-2', expiresAt: at(60), token: 2 })
    const ruled = await push(store, copy, [incoming({ kind: 'beat', recordId: 'r' })], {
      rules: new Map([['beat', 'once']]),
    })
    assert.equal(ruled.rejected.length, 1)
  }),
  whereArchived('lets a store that is still empty take the epoch of another, and no other store', async (store) => {
    assert.equal(await store.archive.adoptEpoch('epoch-of-another-store'), true)
    await push(store, await store.createSpace('ada', 'engine'), [incoming()])
    assert.equal(await store.archive.adoptEpoch('epoch-of-a-third-store'), false)
  }),
  whereArchived('moves a space that has been swept empty with the end and the floors it had', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    await push(store, space, [incoming({ kind: 'claim', expiresAt: at(-1) })])
    if (store.sweep === undefined) return
    await store.sweep(space, [{ kind: 'claim', lapsedBefore: NOON, receivedBefore: null }])
    const copy = await store.archive.importSpace('ada', 'copy', store.archive.exportSpace(space))
    const { lastId, floorId } = await store.since(copy, { sinceId: 0, limit: 1, kinds: [] })
    assert.deepEqual([lastId, floorId], [1, 1])
    const granted = await push(store, copy, [incoming({ kind: 'claim', expiresAt: at(60) })])
    assertSame([granted.cursor, granted.leases[0]?.token], [2, 2])
  }),
  whereArchived('gives what changes during an export, once', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    await push(store, space, several(1000, 'r', { kind: 'beat' }))
    await push(store, space, several(500, 's', { kind: 'beat' }))
    const exported = store.archive.exportSpace(space)
    const pages: (readonly StoreRecord[])[] = []
    let part = await exported.next()
    await push(store, space, [incoming({ kind: 'beat', recordId: 'r0', payloadJson: '{"n":2}' })])
    for (; part.done !== true; part = await exported.next()) pages.push(part.value)
    const frame = part.value
    assert.equal(pages.flat().filter(({ recordId }) => recordId === 'r0').length, 2)
    const collected = (async function* () {
      yield* pages
      return frame
    })()
    const copy = await store.archive.importSpace('ada', 'copy', collected)
    assertSame(await readAll(store, copy), await readAll(store, space))
  }),
  whereArchived('imports into a space without records whatever its owner has set there before', async (store) => {
    const [space, made] = [await store.createSpace('ada', 'engine'), await store.createSpace('ada', 'made')]
    await push(store, space, [incoming({ kind: 'beat' }), incoming({ kind: 'claim', expiresAt: at(60) })])
    await store.setMember(space, 'bob', 'write')
    await store.setMember(made, 'bob', 'read')
    await store.setRule(made, 'beat', 'once')
    const copy = await store.archive.importSpace('ada', 'made', store.archive.exportSpace(space))
    assertSame(await readAll(store, copy), await readAll(store, space))
    assertSame([...(await store.members(copy))], [['bob', 'write']])
    const changed = await push(store, copy, [incoming({ kind: 'beat', payloadJson: '{"n":2}' })])
    assert.equal(changed.updated, 1)
  }),
  whereArchived('refuses to import into a space that holds records, and leaves it alone', async (store) => {
    const [space, taken] = [await store.createSpace('ada', 'engine'), await store.createSpace('ada', 'taken')]
    await push(store, space, several(3, 'n'))
    await push(store, taken, [incoming({ recordId: 'own' })])
    const before = await readAll(store, taken)
    const importing = store.archive.importSpace('ada', 'taken', store.archive.exportSpace(space))
    await assert.rejects(importing, (thrown) => (thrown as { code?: unknown }).code === 'SPACE_TAKEN')
    assertSame(await readAll(store, taken), before)
  }),
  whereArchived('keeps nothing of an import that breaks off', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    await push(store, space, several(3, 'n'))
    const exported = store.archive.exportSpace(space)
    const broken = (async function* () {
      const first = await exported.next()
      if (first.done !== true) yield first.value
      throw new Error('the line went dead')
    })()
    await assert.rejects(store.archive.importSpace('ada', 'copy', broken), /went dead/)
    assert.equal(await store.findSpace('ada', 'copy'), null)
    assert.equal((await push(store, space, [incoming({ recordId: 'next' })])).cursor, 4)
  }),
]
