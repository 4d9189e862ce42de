import assert from 'node:assert/strict'
import type { Space } from '../../hub/stores/space-directory.js'
import { TOKEN_LEAP } from '../../record/protocol.js'
import { assertSame, at, incoming, LONG_AGO, NOON, page, push, readAll, type StoreTest, several } from './store-test.js'

export const durabilityTests: readonly StoreTest[] = [
  {
    name: 'has everything again after it was closed and opened',
    async run({ open }) {
      const before = await open()
      const space = await before.createSpace('ada', 'engine')
      await before.setVisibility(space, 'public')
      await before.setMember(space, 'bob', 'read')
      await before.register({ handle: 'ada', fingerprint: 'sha256:00', publicKey: 'YWRh', type: 'agent' })
      await before.addNonce({ nonceHex: 'ab', fingerprint: 'sha256:00', expiresAt: NOON })
      await push(before, space, [incoming(), incoming({ kind: 'claim', expiresAt: at(60) })])
      const records = await readAll(before, space)
      await before.close()

      const after = await open()
      assert.equal(after.epoch, before.epoch)
      const found = await after.findSpace('ada', 'engine')
      assertSame(found, { ...space, visibility: 'public' })
      assertSame([...(await after.members(space))], [['bob', 'read']])
      assert.equal((await after.findIdentity('ada'))?.publicKey, 'YWRh')
      assert.equal((await after.takeNonce('ab'))?.expiresAt, NOON)
      assertSame(await readAll(after, space), records)
      const taken = await push(after, space, [incoming({ kind: 'claim', runId: 'run-2' })])
      assert.equal(taken.conflicts[0]?.reason, 'held')
      assert.equal((await push(after, space, [incoming({ recordId: 'y' })])).cursor, 3)
    },
  },
  {
    name: 'shows an acknowledged push to whoever else has the store open',
    async run({ open }) {
      const [writer, reader] = [await open(), await open()]
      const space = await writer.createSpace('ada', 'engine')
      for (let n = 1; n <= 20; n++) {
        await push(writer, space, [incoming({ recordId: `n${n}` })])
        assert.equal((await page(reader, space, n - 1)).records[0]?.recordId, `n${n}`)
      }
    },
  },
  {
    name: 'has one epoch, whoever opens it',
    async run({ open }) {
      const stores = await Promise.all([open(), open(), open(), open()])
      const epochs = new Set(stores.map(({ epoch }) => epoch))
      assert.equal(epochs.size, 1)
      assert.ok([...epochs].every((epoch) => epoch.length >= 16))
    },
  },
  {
    name: 'is another store once renewed: a new epoch, tokens beyond all that were given, the same records',
    async run({ open }) {
      const before = await open()
      const space = await before.createSpace('ada', 'engine')
      const claim = (fields: object) => incoming({ kind: 'claim', ...fields })
      await push(before, space, [
        incoming(),
        claim({ expiresAt: at(60) }),
        claim({ recordId: 'y', expiresAt: LONG_AGO }),
      ])
      const records = await readAll(before, space)
      const { epoch: first } = before
      const epoch = await before.renew()
      await before.close()

      const after = await open()
      assert.equal(after.epoch, epoch)
      assert.notEqual(after.epoch, first)
      const raised = (token: number | null) => (token === null ? null : token + TOKEN_LEAP)
      assertSame(
        await readAll(after, space),
        records.map((record) => ({ ...record, token: raised(record.token) })),
      )
      const renewed = await push(after, space, [claim({ expiresAt: at(90) })])
      assert.equal(renewed.leases[0]?.token, 1 + TOKEN_LEAP)
      const others = [
        claim({ recordId: 'y', runId: 'run-2', expiresAt: at(60) }),
        claim({ recordId: 'z', expiresAt: at(60) }),
      ]
      assertSame(
        (await push(after, space, others)).leases.map(({ token }) => token),
        [2 + TOKEN_LEAP, 1 + TOKEN_LEAP],
      )
    },
  },
  {
    name: 'keeps nothing of a push that fails, and spoils none that comes at the same time',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const broken = incoming({ recordId: 'broken', payloadJson: undefined as unknown as string })
      const [good, bad, fine] = await Promise.allSettled([
        push(store, space, several(3, 'a')),
        push(store, space, [incoming({ recordId: 'b0' }), broken, incoming({ recordId: 'b2' })]),
        push(store, space, several(3, 'c')),
      ])
      assertSame([good.status, bad.status, fine.status], ['fulfilled', 'rejected', 'fulfilled'])
      const records = await readAll(store, space)
      assertSame(
        records.map(({ id }) => id),
        [1, 2, 3, 4, 5, 6],
      )
      assertSame(records.map(({ recordId }) => recordId).sort(), ['a0', 'a1', 'a2', 'c0', 'c1', 'c2'])
      assert.equal((await push(store, space, [incoming()])).cursor, 7)
    },
  },
  {
    name: 'refuses a push into a space that it does not have',
    async run({ open }) {
      const store = await open()
      const stranger: Space = { id: 4711, owner: 'ada', slug: 'elsewhere', visibility: 'private' }
      await assert.rejects(push(store, stranger, [incoming()]), hasCode('NO_SUCH_THING'))
    },
  },
  {
    name: 'answers a ping while it is open, and refuses everything once it is closed',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await store.ping()
      const last = push(store, space, [incoming()])
      await store.close()
      assert.equal((await last).inserted, 1)
      await assert.rejects(store.ping(), hasCode('STORE_FAILED'))
      await assert.rejects(push(store, space, [incoming()]), hasCode('STORE_FAILED'))
      await assert.rejects(page(store, space, 0), hasCode('STORE_FAILED'))
      await store.close()
    },
  },
]

function hasCode(code: string): (thrown: unknown) => boolean {
  return (thrown) => (thrown as { code?: unknown }).code === code
}
