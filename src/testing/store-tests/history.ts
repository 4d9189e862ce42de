import assert from 'node:assert/strict'
import type { Position, StorePositions, StoreRecord } from '../../hub/stores/record-store.js'
import type { Space } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import type { SpaceFrame } from '../../hub/stores/store-upkeep.js'
import { assertSame, at, incoming, NOON, page, push, type StoreTest, several } from './store-test.js'

type Remembering = Store & { positions: StorePositions }

/** A test for stores that remember where their spaces ended; the others cannot tell that they were set back. */
function whereRemembered(
  name: string,
  test: (store: Remembering, open: () => Promise<Store>) => Promise<void>,
): StoreTest {
  return {
    name,
    async run({ open }) {
      const store = await open()
      if (store.positions !== undefined) await test(store as Remembering, open)
    },
  }
}

/** Pushes one record, and gives the position that the answer names. */
async function positionAfter(store: Store, space: Space, recordId: string): Promise<Position> {
  const { position } = await push(store, space, [incoming({ recordId })])
  assert.ok(position)
  return position
}

export const historyTests: readonly StoreTest[] = [
  whereRemembered('names one position for the end of a space, and another after each commit', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    assert.equal((await page(store, space, 0)).position, null)
    const first = await positionAfter(store, space, 'a')
    assertSame((await page(store, space, 0)).position, first)
    assertSame((await page(store, space, 1, 'note')).position, first)
    // What the store has already moves no end.
    assertSame(await positionAfter(store, space, 'a'), first)
    const second = await positionAfter(store, space, 'b')
    assert.deepEqual([first.id, second.id], [1, 2])
    assert.notEqual(first.nonce, second.nonce)
    assert.match(`${first.nonce}${second.nonce}`, /^[0-9a-z]{16,128}$/)
  }),
  whereRemembered('keeps its positions for whoever opens it', async (store, open) => {
    const space = await store.createSpace('ada', 'engine')
    const position = await positionAfter(store, space, 'a')
    const other = await open()
    assertSame((await page(other, space, 0)).position, position)
    assert.equal(await other.positions?.judge(space, [position]), 'stand')
  }),
  whereRemembered('tells a position of its history from one that it never had', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    const a = await positionAfter(store, space, 'a')
    await push(store, space, several(3, 'b'))
    const c = await positionAfter(store, space, 'c')
    assert.equal(await store.positions.judge(space, []), 'stand')
    assert.equal(await store.positions.judge(space, [a, c]), 'stand')
    const others = [
      { ...a, nonce: c.nonce },
      { ...c, id: 3 },
      { ...c, id: c.id + 1 },
    ]
    for (const other of others) assert.equal(await store.positions.judge(space, [a, other]), 'lost')
    const empty = await store.createSpace('ada', 'empty')
    assert.equal(await store.positions.judge(empty, [a]), 'lost')
  }),
  whereRemembered('judges what a push has seen as it writes, and writes nothing where that is lost', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    const a = await positionAfter(store, space, 'a')
    const b = await positionAfter(store, space, 'b')
    const write = (recordId: string, ...seen: Position[]) => push(store, space, [incoming({ recordId })], { seen })
    assert.equal((await write('c', a, b)).seen, 'stand')
    assert.equal((await write('c', b)).seen, 'stand')
    assert.equal((await write('d')).seen, undefined)
    const signature = { hash: 'ab', expiresAt: NOON }
    const claim = incoming({ kind: 'claim', recordId: 't', token: null, expiresAt: at(60) })
    const lost = { ...b, nonce: a.nonce }
    const asked = { first: true, signature }
    const together = await Promise.allSettled([
      write('e', a, lost),
      write('f', a),
      push(store, space, [claim], { ...asked, seen: [lost] }),
    ])
    assertSame(
      together.map((one) => (one.status === 'rejected' ? one.reason.code : one.value.seen)),
      ['STORE_SET_BACK', 'stand', 'STORE_SET_BACK'],
    )
    assert.deepEqual(
      (await page(store, space, 0)).records.map(({ recordId }) => recordId),
      ['a', 'b', 'c', 'd', 'f'],
    )
    // Its signature has not acted.
    assert.equal((await push(store, space, [claim], asked)).leases.length, 1)
  }),
  whereRemembered('judges what a reader has seen with what is read', async (store) => {
    const space = await store.createSpace('ada', 'engine')
    const a = await positionAfter(store, space, 'a')
    const read = async (...seen: Position[]) => {
      const whole = await store.since(space, { sinceId: 0, limit: 9, kinds: [], seen })
      const ofKind = await store.since(space, { sinceId: 0, limit: 9, kinds: ['note'], seen })
      assert.equal(whole.records.length + ofKind.records.length, 2)
      return [whole.seen, ofKind.seen]
    }
    assert.deepEqual(await read(), [undefined, undefined])
    assert.deepEqual(await read(a), ['stand', 'stand'])
    assert.deepEqual(await read(a, { ...a, id: 2 }), ['lost', 'lost'])
  }),
  whereRemembered('is renewed under the eyes of whoever has it open, once for one epoch', async (store, open) => {
    const other = await open()
    const space = await store.createSpace('ada', 'engine')
    const position = await positionAfter(store, space, 'a')
    const { epoch } = store
    const renewed = await store.renew(epoch)
    assert.notEqual(renewed, epoch)
    assert.equal(store.epoch, renewed)
    assert.equal(await other.renew(epoch), renewed)
    assert.equal((await page(other, space, 0)).epoch, renewed)
    assert.equal(other.epoch, renewed)
    assert.equal((await push(store, space, [incoming({ recordId: 'b' })])).epoch, renewed)
    assert.equal(await store.positions.judge(space, [position]), 'stand')
  }),
  whereRemembered('tells others of commits as before once it is renewed for an epoch', async (store, open) => {
    const other = await open()
    if (store.listen === undefined) return
    const space = await store.createSpace('ada', 'engine')
    let hear = (_: number): void => undefined
    const heard = new Promise<number>((resolve) => {
      hear = resolve
    })
    const stop = await other.listen?.({ changed: (_, lastId) => hear(lastId), gap: () => undefined })
    await store.renew(store.epoch)
    const third = await open()
    await push(third, space, several(2, 'n'))
    assert.equal(await heard, 2)
    await stop?.()
  }),
  whereRemembered('forgets the oldest positions, and says of them that it has', async (store) => {
    if (store.archive === undefined) return
    const positions = [1_000, 60_000, 150_000].map((id) => ({ id, nonce: `n${id}` }))
    const space = await store.archive.importSpace('ada', 'engine', framed({ lastId: 150_000, positions }))
    const judge = (...asked: Position[]) => store.positions.judge(space, asked)
    assert.equal(await judge(...positions), 'stand')
    await push(store, space, several(1_000, 'n'))
    const [first, second, third] = positions as [Position, Position, Position]
    assert.equal(await judge(first, second), 'forgotten')
    assert.equal(await judge(second, third), 'stand')
    assert.equal(await judge({ id: 30_000, nonce: 'other' }), 'forgotten')
    assert.equal(await judge(first, { id: 70_000, nonce: 'other' }), 'lost')
  }),
  whereRemembered('moves the positions of a space with it', async (store) => {
    if (store.archive === undefined) return
    const space = await store.createSpace('ada', 'engine')
    const a = await positionAfter(store, space, 'a')
    await push(store, space, [incoming({ kind: 'claim', expiresAt: at(60) })])
    const c = await positionAfter(store, space, 'c')
    const copy = await store.archive.importSpace('ada', 'copy', store.archive.exportSpace(space))
    assertSame((await page(store, copy, 0)).position, c)
    assert.equal(await store.positions.judge(copy, [a, c]), 'stand')
    assert.equal(await store.positions.judge(copy, [{ id: 2, nonce: c.nonce }]), 'lost')
    // Of an archive that names none the end gets one, and nothing is known of what was before.
    const older = await store.archive.importSpace('ada', 'older', framed({ lastId: 7 }))
    assert.equal((await page(store, older, 0)).position?.id, 7)
    assert.equal(await store.positions.judge(older, [{ id: 5, nonce: 'n5' }]), 'forgotten')
  }),
]

/** A space without records, as an archive holds it. */
async function* framed(
  frame: Partial<SpaceFrame> & { lastId: number },
): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void> {
  yield []
  const blank = { visibility: 'private' as const, floorId: 0, tokenFloor: 0, rules: new Map(), members: new Map() }
  return { ...blank, ...frame }
}
