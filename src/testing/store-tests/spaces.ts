import assert from 'node:assert/strict'
import { ACTS_KEPT, type Doer, KEY_ACTS_KEPT } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import { assertSame, at, incoming, LONG_AGO, NOON, push, readAll, type StoreTest } from './store-test.js'

const ada: Doer = { handle: 'ada', at: NOON }
const ALL = { before: Number.MAX_SAFE_INTEGER, limit: 5_000 }

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
      const roles = ['carol', 'dan', 'ada'].map((handle) => store.role(space, handle))
      assertSame(await Promise.all(roles), ['write', null, null])
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
  {
    name: 'tells of a visitor its keys, the space and its role there, and of each what there is',
    async run({ open }) {
      const store = await open()
      const ada = { handle: 'ada', fingerprint: 'sha256:one', publicKey: 'b25l', type: 'human' } as const
      await store.register(ada)
      await store.addDevice('ada', { fingerprint: 'sha256:two', publicKey: 'dHdv', label: 'laptop', addedAt: NOON })
      const space = await store.createSpace('bob', 'engine')
      await store.setMember(space, 'ada', 'write')
      await store.setMember(space, 'carol', 'read')
      const keys = await store.keys('ada')
      assert.equal(keys.length, 2)
      assertSame(await store.findVisitor('ada', 'bob', 'engine'), { keys, space, role: 'write' })
      assertSame(await store.findVisitor('ada', 'bob', 'none'), { keys, space: null, role: null })
      assertSame(await store.findVisitor('carol', 'bob', 'engine'), { keys: [], space, role: 'read' })
      assertSame(await store.findVisitor('bob', 'bob', 'engine'), { keys: [], space, role: null })
      assertSame(await store.findVisitor('dan', 'bob', 'none'), { keys: [], space: null, role: null })
    },
  },
  {
    name: 'takes the pushes of members who may write, each time, and of nobody else who comes as one',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const other = await store.createSpace('ada', 'other')
      const write = (recordId: string, author = 'bob', asMember = true) =>
        push(store, space, [incoming({ recordId })], { author, asMember })
      await store.setMember(other, 'bob', 'write')
      await assert.rejects(write('one'), { code: 'FORBIDDEN' })
      await store.setMember(space, 'bob', 'read')
      await assert.rejects(write('one'), { code: 'FORBIDDEN' })
      await store.setMember(space, 'bob', 'write')
      assert.equal((await write('one')).inserted, 1)
      await store.removeMember(space, 'bob')
      const [refused, taken] = await Promise.allSettled([write('two'), write('three', 'ada', false)])
      assert.equal(refused?.status, 'rejected')
      assert.equal(taken?.status, 'fulfilled')
      assertSame(
        (await readAll(store, space)).map(({ recordId }) => recordId),
        ['one', 'three'],
      )
    },
  },
  {
    name: 'makes no more spaces of an owner than are allowed, and finds those that are there',
    async run({ open }) {
      const store = await open()
      await store.createSpace('ada', 'one', { spaces: 2 })
      await store.createSpace('ada', 'two', { spaces: 2 })
      await assert.rejects(store.createSpace('ada', 'three', { spaces: 2 }), { code: 'QUOTA_REACHED' })
      assert.equal((await store.createSpace('ada', 'one', { spaces: 1 })).slug, 'one')
      assert.equal((await store.createSpace('bob', 'one', { spaces: 2 })).owner, 'bob')
    },
  },
  {
    name: 'notes what was taken back, in the place of an override, and takes nothing back that is not there',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const claim = { kind: 'claim', recordId: 'c', expiresAt: at(60), token: null }
      await push(store, space, [incoming(), incoming(claim)], { author: 'bob' })
      const release = incoming({ kind: 'release', recordId: 'r' })
      const note = { kind: 'note', recordId: 'x' }
      const none = await push(store, space, [release], { takesBack: { kind: 'note', recordId: 'y' } })
      assertSame([none.inserted, none.rejected.length], [0, 1])
      assert.equal((await push(store, space, [release], { takesBack: note })).inserted, 1)
      // Played again it does nothing, and nothing is noted.
      assert.equal((await push(store, space, [release], { takesBack: note })).skipped, 1)
      const end = incoming({ ...claim, token: 1, expiresAt: LONG_AGO, force: true })
      const takesBack = { kind: 'claim', recordId: 'c' }
      assert.equal((await push(store, space, [end], { takesBack })).updated, 1)
      assertSame(
        (await store.acts(space, ALL)).map(({ actor, action, subject, detail }) => [actor, action, subject, detail]),
        [
          ['ada', 'taken_back', 'claim/c', 'bob run-1'],
          ['ada', 'taken_back', 'note/x', 'bob run-1'],
        ],
      )
    },
  },
  {
    name: 'notes who did what to a space, the latest first, and nothing that did nothing',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine', { by: ada })
      await store.createSpace('ada', 'engine', { by: ada })
      await store.setVisibility(space, 'public', ada)
      await store.setMember(space, 'bob', 'write', { handle: 'ada', at: NOON + 1000 })
      await store.removeMember(space, 'carol', ada)
      await store.removeMember(space, 'bob', ada)
      await store.setRule(space, 'checkpoint', 'latest', ada)
      await store.setMember(space, 'dan', 'read')
      await store.setVisibility(await store.createSpace('ada', 'other'), 'public', ada)
      const acts = await store.acts(space, ALL)
      assertSame(
        acts.map(({ actor, action, subject, detail }) => [actor, action, subject, detail]),
        [
          ['ada', 'rule_set', 'checkpoint', 'latest'],
          ['ada', 'member_removed', 'bob', ''],
          ['ada', 'member_set', 'bob', 'write'],
          ['ada', 'visibility_set', '', 'public'],
          ['ada', 'space_created', '', 'ada/engine'],
        ],
      )
      assert.equal(acts[2]?.at, new Date(NOON + 1000).toISOString())
      assert.ok((await store.lastAct()) > (acts[0]?.id ?? 0))
      const [first] = await store.actsAfter(acts[1]?.id ?? 0, 10)
      assertSame(first, { spaceId: space.id, subject: 'checkpoint' })
      assertSame((await store.actsAfter(0, 3)).length, 3)
      assertSame(await store.actsAfter(await store.lastAct(), 3), [])
      const page = await store.acts(space, { before: acts[1]?.id ?? 0, limit: 2 })
      assertSame(page, acts.slice(2, 4))
    },
  },
  {
    name: 'notes what is done to the keys of the owner and the members, and of nobody else',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      await store.setMember(space, 'bob', 'read')
      for (const handle of ['ada', 'bob', 'carol']) await rotate(store, handle, 'one', 'two')
      await store.replaceIdentity('two', { handle: 'bob', fingerprint: '', publicKey: '', type: 'agent' }, ada)
      const told = async () =>
        (await store.acts(space, ALL)).map(({ action, subject, detail }) => [action, subject, detail])
      assertSame(await told(), [
        ['key_revoked', 'bob', 'two'],
        ['key_rotated', 'bob', 'two'],
        ['key_rotated', 'ada', 'two'],
      ])
      await store.removeMember(space, 'bob')
      assertSame(await told(), [['key_rotated', 'ada', 'two']])
    },
  },
  {
    name: 'keeps a bounded number of acts, of each space and of each handle by itself',
    async run({ open }) {
      const store = await open()
      const [space, other] = [await store.createSpace('ada', 'engine'), await store.createSpace('bob', 'other')]
      await store.setVisibility(other, 'public', ada)
      await rotate(store, 'bob', 'one', 'two')
      // A few at once: a store may refuse whoever has waited too long for a connection.
      for (let n = 0; n < ACTS_KEPT + 5; n += 15) {
        const handles = Array.from({ length: 15 }, (_, index) => `m${n + index}`)
        await Promise.all(handles.map((handle) => store.setMember(space, handle, 'read', ada)))
      }
      // Those that act at once do not see each other, so the next one finds what is over.
      await store.setMember(space, 'last', 'read', ada)
      await rotate(store, 'ada', 'k0', 'k1')
      for (let n = 1; n < KEY_ACTS_KEPT + 5; n++) await rotate(store, 'ada', `k${n}`, `k${n + 1}`)
      const acts = await store.acts(space, ALL)
      assert.equal(acts.filter(({ action }) => action === 'member_set').length, ACTS_KEPT)
      assert.equal(acts.filter(({ action }) => action === 'key_rotated').length, KEY_ACTS_KEPT)
      assert.equal((await store.acts(other, ALL)).length, 2)
    },
  },
  {
    name: 'notes what an owner overrides, and whose it was',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const claim = (runId: string, more = {}) => ({
        ...{
          kind: 'claim',
          recordId: 't1',
          runId,
          payloadJson: '{}',
          expiresAt: new Date(NOON + 3_600_000).toISOString(),
        },
        ...{ token: null, ...more },
      })
      const push = (author: string, record: ReturnType<typeof claim>) =>
        store.push(space, { author, records: [record], rules: new Map([['claim', 'lease']]) })
      const token = (await push('bob', claim('r1'))).leases[0]?.token as never
      assert.equal((await push('bob', claim('r2', { token, force: true }))).conflicts.length, 1)
      assert.equal((await push('ada', claim('r9', { token, force: true }))).updated, 1)
      const [act, ...others] = await store.acts(space, ALL)
      assertSame([act?.actor, act?.action, act?.subject, act?.detail], ['ada', 'overridden', 'claim/t1', 'bob r1'])
      assertSame(others, [])
    },
  },
  {
    name: 'fixes another rule of a kind that has records, and gives no token out twice by it',
    async run({ open }) {
      const store = await open()
      const space = await store.createSpace('ada', 'engine')
      const record = (token?: number | null) => ({
        ...{ kind: 'slot', recordId: 's1', runId: 'r1', payloadJson: JSON.stringify({ token }) },
        ...{ expiresAt: '2020-01-01T00:00:00Z', ...(token !== undefined && { token }) },
      })
      const push = async (rule: 'once' | 'latest' | 'lease', token?: number | null) =>
        store.push(space, { author: 'ada', records: [record(token)], rules: new Map([['slot', rule]]) })
      await push('once')
      assert.equal((await push('latest')).rejected.length, 1)
      assertSame([...(await store.rules(space))], [['slot', 'once']])
      await store.setRule(space, 'slot', 'latest')
      assertSame([...(await store.rules(space))], [['slot', 'latest']])
      assert.equal((await push('latest', 0)).updated, 1)
      await store.setRule(space, 'slot', 'lease')
      const ahead = { ...record(null), expiresAt: new Date(NOON).toISOString() }
      const claim = async (token: number | null) =>
        store.push(space, { author: 'ada', records: [{ ...ahead, token }], rules: new Map() })
      const stands = (await claim(null)).conflicts[0]?.token
      assert.equal(stands, 0)
      assert.equal((await claim(0)).leases[0]?.token, 1)
      await store.setRule(space, 'slot', 'once')
      await store.setRule(space, 'slot', 'lease')
      assert.equal((await store.since(space, { sinceId: 0, limit: 1, kinds: [] })).records[0]?.token, 1)
    },
  },
]

/** Gives a handle a key where it has none, and another one. */
async function rotate(store: Store, handle: string, from: string, to: string): Promise<void> {
  const identity = { handle, fingerprint: from, publicKey: '', type: 'agent' } as const
  await store.register(identity)
  assert.equal(await store.replaceIdentity(from, { ...identity, fingerprint: to }, { handle, at: NOON }), true)
}
