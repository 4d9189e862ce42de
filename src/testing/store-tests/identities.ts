import assert from 'node:assert/strict'
import {
  DEVICES_KEPT,
  type HandleKey,
  type Identity,
  INVITES_KEPT,
  type Nonce,
} from '../../hub/stores/identity-directory.js'
import { assertSame, NOON, type StoreTest } from './store-test.js'

const ada: Identity = { handle: 'ada', fingerprint: `sha256:${'a'.repeat(64)}`, publicKey: 'YWRh', type: 'human' }
const nonce: Nonce = { nonceHex: 'ab'.repeat(32), fingerprint: ada.fingerprint, expiresAt: NOON + 300_000 }

export const identityTests: readonly StoreTest[] = [
  {
    name: 'gives a handle to its first key, and to the same key again',
    async run({ open }) {
      const store = await open()
      assert.equal(await store.findIdentity('ada'), null)
      assert.equal(await store.register(ada), true)
      assert.equal(await store.register(ada), true)
      assertSame(await store.findIdentity('ada'), ada)
      assert.equal(await store.findIdentity('Ada'), null)
    },
  },
  {
    name: 'gives of handles that look alike one, also where they come at once',
    async run({ open }) {
      const stores = [await open(), await open()] as const
      const handles = ['ada-1', 'Ada.l', 'ADA_I', 'ada-1.', 'ada.1', 'aDa-l', 'bob', 'b0b']
      const given = await Promise.all(
        handles.map(async (handle, n) => {
          const fingerprint = `sha256:${String(n).repeat(64)}`
          const isGiven = await stores[n % 2 === 0 ? 0 : 1].register({ ...ada, handle, fingerprint })
          return isGiven ? [handle] : []
        }),
      )
      const [first, second, ...others] = given.flat()
      assertSame(others, [])
      assertSame([first?.slice(0, 1).toLowerCase(), second?.slice(0, 1)], ['a', 'b'])
      assert.equal(await stores[0].findAlike('aDA_1--'), first)
      assert.equal(await stores[1].findAlike('BOB'), second)
      assert.equal(await stores[1].findAlike('carol'), null)
    },
  },
  {
    name: 'takes over those that are alike from a store in which they stood so, and lets no further one in',
    async run({ open }) {
      const store = await open()
      const alike = (handle: string) => ({ ...ada, handle, fingerprint: `sha256:${handle}` })
      for (const handle of ['ada', 'Ada', 'ADA'])
        assert.equal(await store.register(alike(handle), { mayBeAlike: true }), true)
      assert.equal(await store.register(alike('Ada')), true)
      assert.equal(await store.register({ ...alike('Ada'), fingerprint: 'sha256:other' }, { mayBeAlike: true }), false)
      assert.equal(await store.register(alike('aDa')), false)
      assert.equal(await store.findAlike('aDa'), 'ada')
    },
  },
  {
    name: 'keeps one secret of the hub, of many that are offered at once, and another only in its place',
    async run({ open }) {
      const stores = [await open(), await open()] as const
      assert.equal(await stores[0].hubSecret(), null)
      const offered = Array.from({ length: 6 }, (_, n) => stores[n % 2 === 0 ? 0 : 1].keepHubSecret(`secret-${n}`))
      const [kept, ...others] = new Set(await Promise.all(offered))
      assertSame(others, [])
      for (const store of stores) assert.equal(await store.hubSecret(), kept)
      assert.equal(await stores[1].keepHubSecret('another', { replaces: true }), 'another')
      assert.equal(await stores[0].hubSecret(), 'another')
    },
  },
  {
    name: 'has several keys sign for a handle, each of which is replaced and ended by itself',
    async run({ open }) {
      const store = await open()
      const device = (n: number) => ({
        fingerprint: `sha256:${String(n).repeat(64)}`,
        publicKey: `key${n}`,
        label: `machine ${n}`,
        addedAt: NOON + n,
      })
      const prints = async () => (await store.keys('ada')).map(({ fingerprint }) => fingerprint)
      assert.equal(await store.addDevice('ada', device(1)), false)
      await store.register(ada)
      for (const n of [2, 1, 1]) assert.equal(await store.addDevice('ada', device(n)), true)
      assertSame(await store.keys('ada'), [
        { fingerprint: ada.fingerprint, publicKey: ada.publicKey, label: '', addedAt: 0 },
        device(1),
        device(2),
      ])
      assertSame(await store.keys('bob'), [])
      const next = device(3)
      assert.equal(await store.replaceIdentity(device(1).fingerprint, { ...ada, ...keyOf(next) }), true)
      assert.equal(await store.replaceIdentity(device(1).fingerprint, { ...ada, ...keyOf(next) }), false)
      assert.equal(await store.replaceIdentity(device(2).fingerprint, { ...ada, ...keyOf(next) }), false)
      assertSame(await prints(), [ada.fingerprint, next.fingerprint, device(2).fingerprint])
      assertSame(await store.findIdentity('ada'), ada)
      const end = { ...ada, fingerprint: '', publicKey: '' }
      assert.equal(await store.replaceIdentity(device(2).fingerprint, end), true)
      assert.equal(await store.replaceIdentity(device(2).fingerprint, end), false)
      assert.equal(await store.replaceIdentity(ada.fingerprint, end), true)
      assertSame(await prints(), [next.fingerprint])
      assertSame(await store.findIdentity('ada'), end)
    },
  },
  {
    name: 'has no key sign twice for a handle, so that one that is ended signs no more',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const device = (n: number) => ({ fingerprint: `sha256:${n}`, publicKey: `key${n}`, label: '', addedAt: NOON + n })
      for (const n of [1, 2]) await store.addDevice('ada', device(n))
      const before = await store.keys('ada')
      assert.equal(await store.replaceIdentity(ada.fingerprint, { ...ada, ...keyOf(device(1)) }), false)
      assert.equal(await store.replaceIdentity(device(1).fingerprint, ada), false)
      assert.equal(await store.replaceIdentity(device(1).fingerprint, { ...ada, ...keyOf(device(2)) }), false)
      assert.equal(await store.addDevice('ada', { ...device(3), ...ada }), true)
      assertSame(await store.keys('ada'), before)
      const end = { ...ada, fingerprint: '', publicKey: '' }
      for (const { fingerprint } of before) assert.equal(await store.replaceIdentity(fingerprint, end), true)
      assertSame(await store.keys('ada'), [])
    },
  },
  {
    name: 'takes a push by each key of its author, and none by one that was ended',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const space = await store.createSpace('ada', 'engine')
      const laptop = { fingerprint: `sha256:${'b'.repeat(64)}`, publicKey: 'Ym9i', label: 'laptop', addedAt: NOON }
      await store.addDevice('ada', laptop)
      const push = (key: string, recordId: string) =>
        store.push(space, {
          author: 'ada',
          key,
          records: [{ kind: 'note', recordId, runId: 'r1', payloadJson: '{}', expiresAt: null }],
          rules: new Map([['note', 'once']]),
        })
      assert.equal((await push(ada.fingerprint, 'one')).inserted, 1)
      assert.equal((await push(laptop.fingerprint, 'two')).inserted, 1)
      await store.replaceIdentity(laptop.fingerprint, { ...ada, fingerprint: '', publicKey: '' })
      await assert.rejects(push(laptop.fingerprint, 'three'), { code: 'SIGNATURE_REFUSED' })
      assert.equal((await push(ada.fingerprint, 'four')).inserted, 1)
    },
  },
  {
    name: 'bounds the keys of a handle, and takes one again that is there',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const key = (n: number) => ({ fingerprint: `sha256:${n}`, publicKey: `key${n}`, label: '', addedAt: NOON + n })
      for (let n = 0; n < DEVICES_KEPT; n++) assert.equal(await store.addDevice('ada', key(n)), true)
      assert.equal(await store.addDevice('ada', key(DEVICES_KEPT)), false)
      assert.equal(await store.addDevice('ada', key(0)), true)
      assert.equal((await store.keys('ada')).length, 1 + DEVICES_KEPT)
    },
  },
  {
    name: 'lists invitations that can still be used, and takes one back with all its uses',
    async run({ open }) {
      const store = await open()
      const by = { handle: 'ada', at: NOON }
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      const into = (code: string, slug: string, more: object = {}) => ({
        ...{ codeHash: code.repeat(32), handle: null, expiresAt: NOON + 1000, uses: 2 },
        ...{ space: { owner: 'ada', slug, role: 'read' as const }, ...more },
      })
      const [late, early] = [into('01', 'engine'), into('02', 'engine', { expiresAt: NOON + 500 })]
      const device = {
        codeHash: '05'.repeat(32),
        handle: 'ada',
        expiresAt: NOON + 1000,
        space: null,
        uses: 1,
        isDevice: true,
      }
      const elsewhere = into('04', 'other')
      for (const one of [late, early, into('03', 'engine', { expiresAt: NOON - 1 }), elsewhere, device]) {
        await store.addInvite(one)
      }
      assertSame(await store.invites({ space }, NOON), [early, late])
      assertSame(await store.invites({ deviceOf: 'ada' }, NOON), [device])
      assertSame(await store.invites({ deviceOf: 'bob' }, NOON), [])
      await store.takeInvite(late.codeHash)
      assertSame(await store.invites({ space }, NOON), [early, { ...late, uses: 1 }])
      // Of another scope it is none.
      for (const scope of [{ space: other }, { deviceOf: 'ada' }]) {
        assert.equal(await store.removeInvite(late.codeHash, scope, by), false)
      }
      assert.equal(await store.removeInvite(device.codeHash, { deviceOf: 'bob' }), false)
      assert.equal(await store.removeInvite(late.codeHash, { space }, by), true)
      assert.equal(await store.removeInvite(late.codeHash, { space }, by), false)
      assert.equal(await store.removeInvite(device.codeHash, { deviceOf: 'ada' }), true)
      for (const gone of [late, device]) assertSame(await store.takeInvite(gone.codeHash), null)
      assertSame(await store.invites({ space }, NOON), [early])
      assertSame(await store.invites({ space: other }, NOON), [elsewhere])
      const acts = await store.acts(space, { before: Number.MAX_SAFE_INTEGER, limit: 10 })
      assertSame(
        acts.map(({ actor, action, detail }) => [actor, action, detail]),
        [['ada', 'uninvited', '010101010101']],
      )
    },
  },
  {
    name: 'keeps invitations of devices apart, and forgets those and the ones into its spaces when a key of a handle ends',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const invite = (code: string) => ({
        ...{ codeHash: code.repeat(32), handle: 'ada', expiresAt: NOON + 86_400_000, space: null, uses: 1 },
        isDevice: true,
      })
      const operators = { codeHash: 'ef'.repeat(32), handle: 'ada', expiresAt: NOON + 86_400_000, space: null, uses: 1 }
      const intoSpace = (code: string, owner: string) => ({
        ...{ ...operators, codeHash: code.repeat(32), handle: null },
        space: { owner, slug: 'engine', role: 'write' as const },
      })
      const [own, others] = [intoSpace('12', 'ada'), intoSpace('34', 'bob')]
      for (const one of [invite('ab'), invite('cd'), operators, own, others]) await store.addInvite(one)
      assertSame(await store.takeInvite('ab'.repeat(32)), invite('ab'))
      await store.replaceIdentity(ada.fingerprint, { ...ada, fingerprint: '', publicKey: '' })
      assertSame(await store.takeInvite('cd'.repeat(32)), null)
      assertSame(await store.takeInvite('ef'.repeat(32)), operators)
      assertSame(await store.takeInvite(own.codeHash), null)
      assertSame(await store.takeInvite(others.codeHash), others)
    },
  },
  {
    name: 'bounds the invitations of one owner and of one handle, and forgets those that have ended',
    async run({ open }) {
      const store = await open()
      const ofSpace = (n: number, owner = 'ada') => ({
        ...{ codeHash: `${owner}${n}`, handle: null, expiresAt: NOON + n, uses: 1 },
        space: { owner, slug: 'engine', role: 'read' as const },
      })
      const ofDevice = (n: number) => ({ ...ofSpace(n, 'device'), handle: 'ada', space: null, isDevice: true })
      const operators = (n: number) => ({ ...ofSpace(n, 'operator'), space: null })
      const all = Array.from({ length: INVITES_KEPT }, (_, n) => n)
      await Promise.all(all.map((n) => store.addInvite(ofSpace(n))))
      await assert.rejects(store.addInvite(ofSpace(INVITES_KEPT)), { code: 'INVITES_FULL' })
      // One that is given back has its place.
      assertSame(await store.takeInvite('ada7'), ofSpace(7))
      await store.addInvite(ofSpace(7))
      await store.addInvite({ ...ofSpace(8), uses: 2 })
      for (const other of [ofSpace(0, 'bob'), ofDevice(0), operators(0)]) await store.addInvite(other)
      await store.addInvite(ofSpace(INVITES_KEPT), { by: { handle: 'ada', at: NOON + 2 } })
      const left = ['ada0', 'ada1', 'ada2', 'bob0', 'device0', 'operator0'].map((code) => store.takeInvite(code))
      assertSame(await Promise.all(left), [null, null, ofSpace(2), null, null, null])
      await Promise.all(all.map((n) => store.addInvite(ofDevice(n + 1))))
      await assert.rejects(store.addInvite(ofDevice(INVITES_KEPT + 1)), { code: 'INVITES_FULL' })
      await store.addInvite(operators(1))
    },
  },
  {
    name: 'finds a handle that a person may take for another one',
    async run({ open }) {
      const store = await open()
      for (const handle of ['alice', 'ci-10', 'Bob']) await store.register({ ...ada, handle })
      const found = { ALICE: 'alice', 'A1ice.': 'alice', aiice: 'alice', ci_1O: 'ci-10', 'c1.l0-': 'ci-10', bob: 'Bob' }
      for (const [asked, handle] of Object.entries(found)) assert.equal(await store.findAlike(asked), handle, asked)
      for (const other of ['alic', 'alice2', 'ci10', 'ci-11', 'bobby']) assert.equal(await store.findAlike(other), null)
    },
  },
  {
    name: 'refuses a handle to a second key, and keeps the first',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const thief: Identity = { ...ada, fingerprint: `sha256:${'b'.repeat(64)}`, publicKey: 'Ym9i', type: 'agent' }
      assert.equal(await store.register(thief), false)
      assertSame(await store.findIdentity('ada'), ada)
      assert.equal(await store.register({ ...thief, handle: 'bob' }), true)
    },
  },
  {
    name: 'gives a handle to one of many keys that ask at once',
    async run({ open }) {
      const stores = [await open(), await open()]
      const asked = Array.from({ length: 10 }, (_, n) =>
        stores[n % 2]?.register({ ...ada, fingerprint: `sha256:${String(n).repeat(64)}` }),
      )
      assert.equal((await Promise.all(asked)).filter(Boolean).length, 1)
    },
  },
  {
    name: 'replaces a key by another, from the key that is known and from no other',
    async run({ open }) {
      const store = await open()
      const next: Identity = { ...ada, fingerprint: `sha256:${'b'.repeat(64)}`, publicKey: 'Ym9i', type: 'agent' }
      assert.equal(await store.replaceIdentity(ada.fingerprint, next), false)
      assert.equal(await store.findIdentity('ada'), null)
      await store.register(ada)
      assert.equal(await store.replaceIdentity(next.fingerprint, next), false)
      assert.equal(await store.replaceIdentity(ada.fingerprint, next), true)
      assertSame(await store.findIdentity('ada'), next)
      assert.equal(await store.register(ada), false)
    },
  },
  {
    name: 'writes nothing that was signed by a key which is its author’s no more',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'a')
      const record = { kind: 'task', recordId: 't1', runId: 'r1', payloadJson: '{}', expiresAt: null }
      const push = (author: string, key?: string) =>
        store.push(space, { author, ...(key !== undefined && { key }), records: [record], rules: new Map() })
      await store.register(ada)
      const next = { ...ada, fingerprint: `sha256:${'b'.repeat(64)}` }
      await store.replaceIdentity(ada.fingerprint, next)
      const refused = { code: 'SIGNATURE_REFUSED' }
      const [late, stranger, good] = await Promise.allSettled([
        push('ada', ada.fingerprint),
        push('bob', ada.fingerprint),
        push('ada', next.fingerprint),
      ])
      assert.deepEqual([late, stranger].map(codeOf), [refused.code, refused.code])
      assert.equal(good?.status === 'fulfilled' && good.value.inserted, 1)
      await store.replaceIdentity(next.fingerprint, { ...ada, fingerprint: '', publicKey: '' })
      await assert.rejects(push('ada', next.fingerprint), refused)
      assert.equal((await push('ada')).skipped, 1)
    },
  },
  {
    name: 'replaces a key once when many ask at once',
    async run({ open }) {
      const stores = [await open(), await open()]
      await stores[0]?.register(ada)
      const asked = Array.from({ length: 10 }, (_, n) =>
        stores[n % 2]?.replaceIdentity(ada.fingerprint, { ...ada, fingerprint: `sha256:${String(n).repeat(64)}` }),
      )
      assert.equal((await Promise.all(asked)).filter(Boolean).length, 1)
    },
  },
  {
    name: 'keeps a handle taken whose key was revoked',
    async run({ open }) {
      const store = await open()
      await store.register(ada)
      const revoked: Identity = { ...ada, fingerprint: '', publicKey: '' }
      assert.equal(await store.replaceIdentity(ada.fingerprint, revoked), true)
      assertSame(await store.findIdentity('ada'), revoked)
      assert.equal(await store.register(ada), false)
      assert.equal(await store.replaceIdentity('', ada), true)
    },
  },
  {
    name: 'lets a signature act once, whichever of many processes sees it first',
    async run({ open }) {
      const stores = [await open(), await open()]
      const used = { hash: 'ef'.repeat(32), expiresAt: NOON + 300_000 }
      const asked = Array.from({ length: 10 }, (_, n) => stores[n % 2]?.useSignature(used))
      assert.equal((await Promise.all(asked)).filter(Boolean).length, 1)
      assert.equal(await stores[0]?.useSignature({ hash: '01'.repeat(32), expiresAt: NOON + 400_000 }), true)
      assert.equal(await stores[1]?.useSignature({ ...used, expiresAt: NOON + 400_000 }), false)
    },
  },
  {
    name: 'gives an invitation to one of many who ask at once, whatever nonces come and go',
    async run({ open }) {
      const stores = [await open(), await open()]
      const invites = [
        { codeHash: 'ef'.repeat(32), handle: 'ada', expiresAt: NOON + 86_400_000, space: null, uses: 1 },
        {
          ...{ codeHash: '01'.repeat(32), handle: null, expiresAt: NOON + 172_800_000, uses: 1 },
          space: { owner: 'gabriel', slug: 'muse', role: 'read' as const },
        },
      ]
      for (const invite of invites) await stores[0]?.addInvite(invite)
      await stores[1]?.addNonce({ ...nonce, expiresAt: NOON + 864_000_000 })
      for (const invite of invites) {
        const asked = Array.from({ length: 10 }, (_, n) => stores[n % 2]?.takeInvite(invite.codeHash))
        const taken = (await Promise.all(asked)).filter((each) => each !== null)
        assertSame(taken, [invite])
      }
    },
  },
  {
    name: 'gives an invitation to as many as it has uses, and one that is put back to one more',
    async run({ open }) {
      const stores = [await open(), await open()]
      const invite = { codeHash: '23'.repeat(32), handle: null, expiresAt: NOON + 86_400_000, space: null, uses: 3 }
      await stores[0]?.addInvite(invite)
      const asked = Array.from({ length: 10 }, (_, n) => stores[n % 2]?.takeInvite(invite.codeHash))
      const taken = (await Promise.all(asked)).filter((each) => each !== null)
      assertSame(
        taken,
        [1, 2, 3].map(() => ({ ...invite, uses: 1 })),
      )
      await stores[1]?.addInvite({ ...invite, uses: 1 })
      assertSame(await stores[0]?.takeInvite(invite.codeHash), { ...invite, uses: 1 })
      assertSame(await stores[0]?.takeInvite(invite.codeHash), null)
    },
  },
  {
    name: 'gives a nonce out once',
    async run({ open }) {
      const store = await open()
      await store.addNonce(nonce)
      assert.equal(await store.takeNonce('cd'.repeat(32)), null)
      assertSame(await store.takeNonce(nonce.nonceHex), nonce)
      assert.equal(await store.takeNonce(nonce.nonceHex), null)
    },
  },
  {
    name: 'gives a nonce to one of many who ask at once',
    async run({ open }) {
      const stores = [await open(), await open()]
      await stores[0]?.addNonce(nonce)
      const asked = Array.from({ length: 10 }, (_, n) => stores[n % 2]?.takeNonce(nonce.nonceHex))
      assert.equal((await Promise.all(asked)).filter((taken) => taken !== null).length, 1)
    },
  },
  {
    name: 'keeps a nonce while others come that end a little later',
    async run({ open }) {
      const store = await open()
      await store.addNonce(nonce)
      for (const seconds of [1, 150, 299]) {
        const later = {
          ...nonce,
          nonceHex: `${seconds}`.padStart(64, '0'),
          expiresAt: nonce.expiresAt + seconds * 1000,
        }
        await store.addNonce(later)
      }
      assertSame(await store.takeNonce(nonce.nonceHex), nonce)
    },
  },
]

function codeOf(settled: PromiseSettledResult<unknown> | undefined): unknown {
  return settled?.status === 'rejected' ? settled.reason.code : null
}

/** The part of a device's key that takes the place of another. */
function keyOf({ fingerprint, publicKey }: HandleKey): Pick<Identity, 'fingerprint' | 'publicKey'> {
  return { fingerprint, publicKey }
}
