import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeListener } from '../../hub/stores/record-store.js'
import type { Store } from '../../hub/stores/store.js'
import { incoming, page, push, type StoreTest, several } from './store-test.js'

/** What a listener heard of each space: the ids, in the order in which they came. */
class Ear implements ChangeListener {
  readonly heard = new Map<number, number[]>()

  changed(spaceId: number, lastId: number): void {
    this.heard.set(spaceId, [...(this.heard.get(spaceId) ?? []), lastId])
  }

  gap(): void {}

  async hears(spaceId: number, lastId: number): Promise<void> {
    for (const end = performance.now() + 10_000; !this.heard.get(spaceId)?.includes(lastId); await sleep(2)) {
      assert.ok(performance.now() < end, `nobody told that space ${spaceId} ends at ${lastId}`)
    }
  }
}

/** A test for stores that can tell of commits; those that cannot have nothing to keep here. */
function whereCommitsAreTold(name: string, test: (one: Store, other: Required<Store>) => Promise<void>): StoreTest {
  return {
    name,
    async run({ open }) {
      const [one, other] = await Promise.all([open(), open()])
      if (other.listen !== undefined) await test(one, other as Required<Store>)
    },
  }
}

export const changeFeedTests: readonly StoreTest[] = [
  whereCommitsAreTold('tells of a push through another hub, when the push can be read', async (one, other) => {
    const space = await one.createSpace('ada', 'engine')
    const ear = new Ear()
    const found: Promise<number>[] = []
    const stop = await other.listen({
      changed(spaceId, lastId) {
        ear.changed(spaceId, lastId)
        found.push(page(other, space, lastId - 1).then(({ records }) => records.length))
      },
      gap: () => ear.gap(),
    })
    await push(one, space, several(3, 'n'))
    await ear.hears(space.id, 3)
    await push(one, space, [incoming()])
    await ear.hears(space.id, 4)
    assert.ok((await Promise.all(found)).every((count) => count > 0))
    await stop()
  }),
  whereCommitsAreTold('tells of each space by itself, in ascending order', async (one, other) => {
    const spaces = await Promise.all(['a', 'b', 'c'].map((slug) => one.createSpace('ada', slug)))
    const ear = new Ear()
    const stop = await other.listen(ear)
    for (let round = 1; round <= 10; round++) {
      await Promise.all(spaces.slice(1).map((space) => push(one, space, several(2, `r${round}-`))))
    }
    for (const space of spaces.slice(1)) {
      await ear.hears(space.id, 20)
      const ids = ear.heard.get(space.id) ?? []
      assert.deepEqual(
        [...ids],
        [...ids].sort((a, b) => a - b),
      )
    }
    assert.equal(ear.heard.has(spaces[0]?.id ?? 0), false)
    await stop()
  }),
  whereCommitsAreTold('tells several listeners, and none that has stopped', async (one, other) => {
    const space = await one.createSpace('ada', 'engine')
    const [early, late] = [new Ear(), new Ear()]
    const stopEarly = await other.listen(early)
    const stopLate = await other.listen(late)
    await push(one, space, [incoming({ recordId: 'x' })])
    await Promise.all([early.hears(space.id, 1), late.hears(space.id, 1)])
    await stopEarly()
    await push(one, space, [incoming({ recordId: 'y' })])
    await late.hears(space.id, 2)
    assert.equal(early.heard.get(space.id)?.includes(2), false)
    await stopLate()
    const stopAgain = await other.listen(early)
    await push(one, space, [incoming({ recordId: 'z' })])
    await early.hears(space.id, 3)
    await stopAgain()
  }),
  whereCommitsAreTold('ends with the store although somebody still listens', async (_, other) => {
    await other.listen(new Ear())
    await other.close()
  }),
]
