import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readArchive, writeArchive } from '../../src/hub/archive/archive-file.js'
import { importHub } from '../../src/hub/archive/import-hub.js'
import { HubKey } from '../../src/hub/hub-key.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'

const directory = mkdtempSync(path.join(tmpdir(), 'muse-archive-'))
const opened: Store[] = []

afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()))
  rmSync(directory, { recursive: true, force: true })
})

let places = 0

async function newStore(): Promise<Store> {
  return open(path.join(directory, `store-${++places}`))
}

async function open(place: string): Promise<Store> {
  const store = await openStore(place)
  opened.push(store)
  return Object.assign(store, { place })
}

/** As a hub would open it that starts now. */
function openAgain(store: Store): Promise<Store> {
  return open((store as Store & { place: string }).place)
}

async function filled(): Promise<Store> {
  const store = await newStore()
  const identity = {
    handle: 'gabriel',
    fingerprint: `sha256:${'0'.repeat(64)}`,
    publicKey: 'A'.repeat(43),
    type: 'agent',
  } as const
  await store.register(identity)
  await store.register({
    ...identity,
    handle: 'ada',
    fingerprint: `sha256:${'1'.repeat(64)}`,
    publicKey: 'B'.repeat(43),
  })
  for (const slug of ['one', 'two']) {
    const space = await store.createSpace('gabriel', slug)
    await store.setMember(space, 'ada', 'write')
    const records = Array.from({ length: 1200 }, (_, index) => ({
      kind: index % 2 ? 'note' : 'lock',
      recordId: `r${index}`,
      runId: 'run-1',
      payloadJson: JSON.stringify({ n: index, text: 'é\n"' }),
      expiresAt: index % 2 ? null : '2036-01-01T00:00:00Z',
    }))
    const rules = new Map([
      ['note', 'once'],
      ['lock', 'lease'],
    ] as const)
    await store.push(space, { author: 'gabriel', records: records.slice(0, 600), rules })
    await store.push(space, { author: 'gabriel', records: records.slice(600), rules })
  }
  return store
}

async function contents(store: Store, slug: string) {
  const space = await store.findSpace('gabriel', slug)
  if (space === null) throw new Error(`no space ${slug}`)
  const { now: _, ...page } = await store.since(space, { sinceId: 0, limit: 5000, kinds: [] })
  return { page, members: await store.members(space) }
}

function archive(store: Store, file: string, only: string | null = null) {
  return writeArchive(store, only, path.join(directory, file), new AbortController().signal)
}

describe('an archive', () => {
  it.each(['all.jsonl', 'all.jsonl.gz'])(
    'moves every space to another store, ids, tokens and epoch kept: %s',
    async (file) => {
      const store = await filled()
      const written = await archive(store, file)
      expect(written).toMatchObject({ spaces: 2, bytes: statSync(path.join(directory, file)).size })
      expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600)

      const other = await newStore()
      const result = await importHub(other, readArchive(path.join(directory, file)))
      expect(result).toEqual({
        spaces: ['gabriel/one', 'gabriel/two'],
        spacesPresent: [],
        records: 2400,
        identities: 2,
        handlesTaken: [],
        epochKept: true,
      })
      for (const slug of ['one', 'two']) expect(await contents(other, slug)).toEqual(await contents(store, slug))
      expect((await contents(other, 'one')).page.records[0]).toMatchObject({ id: 1, token: 1 })
      expect((await openAgain(other)).epoch).toBe(store.epoch)
      expect(await other.findIdentity('ada')).toEqual(await store.findIdentity('ada'))
    },
  )

  it('holds a payload in one line, whatever Unicode takes for the end of one', async () => {
    const store = await newStore()
    const space = await store.createSpace('gabriel', 'one')
    const payloadJson = '{"text":"a\u2028b\u2029c\u0085d\\r\\n"}'
    const record = { kind: 'note', recordId: 'r', runId: 'run \u2028 1', payloadJson, expiresAt: null }
    await store.push(space, { author: 'gabriel', records: [record], rules: new Map() })
    for (const file of ['lines.jsonl', 'lines.jsonl.gz']) {
      await archive(store, file)
      const other = await newStore()
      await importHub(other, readArchive(path.join(directory, file)))
      expect(await contents(other, 'one')).toEqual(await contents(store, 'one'))
    }
  })

  it('brings the key by which clients know the hub to a store without records, and with one space alone not', async () => {
    const store = await filled()
    const { fingerprint } = await HubKey.of(store)
    await archive(store, 'keyed.jsonl')
    const served = await newStore()
    expect((await HubKey.of(served)).fingerprint).not.toBe(fingerprint)
    await importHub(served, readArchive(path.join(directory, 'keyed.jsonl')))
    expect((await HubKey.of(served)).fingerprint).toBe(fingerprint)
    await archive(store, 'keyless.jsonl', 'gabriel/two')
    expect(readFileSync(path.join(directory, 'keyless.jsonl'), 'utf8')).not.toContain('hub_secret')
    const used = await filled()
    const own = await HubKey.of(used)
    await expect(importHub(used, readArchive(path.join(directory, 'keyed.jsonl')))).rejects.toThrow()
    expect((await HubKey.of(used)).fingerprint).toBe(own.fingerprint)
    const damaged = readFileSync(path.join(directory, 'keyed.jsonl'), 'utf8').replace(
      '"hub_secret":"',
      '"hub_secret":"x',
    )
    writeFileSync(path.join(directory, 'damaged-key.jsonl'), damaged)
    await expect(importHub(await newStore(), readArchive(path.join(directory, 'damaged-key.jsonl')))).rejects.toThrow(
      'its hub_secret is no key of a hub',
    )
  })

  it('brings the keys of devices along, and none to a handle that is taken', async () => {
    const store = await filled()
    const laptop = {
      fingerprint: 'sha256:laptop',
      publicKey: Buffer.alloc(32, 9).toString('base64'),
      label: 'laptop',
      addedAt: 5,
    }
    await store.addDevice('ada', laptop)
    await archive(store, 'devices.jsonl')
    const other = await newStore()
    await importHub(other, readArchive(path.join(directory, 'devices.jsonl')))
    expect(await other.keys('ada')).toEqual(await store.keys('ada'))
    expect((await other.keys('ada')).map(({ label }) => label)).toEqual(['', 'laptop'])
    const taken = await newStore()
    await taken.register({ handle: 'ada', fingerprint: 'sha256:other', publicKey: 'D'.repeat(43), type: 'agent' })
    await importHub(taken, readArchive(path.join(directory, 'devices.jsonl')))
    expect(await taken.keys('ada')).toHaveLength(1)
  })

  it('holds one space where one is asked for', async () => {
    const store = await filled()
    await archive(store, 'one.jsonl', 'gabriel/two')
    const other = await newStore()
    expect(await importHub(other, readArchive(path.join(directory, 'one.jsonl')))).toMatchObject({
      spaces: ['gabriel/two'],
    })
    await expect(archive(store, 'none.jsonl', 'gabriel/nine')).rejects.toMatchObject({ code: 'NO_SUCH_THING' })
    expect(() => statSync(path.join(directory, 'none.jsonl'))).toThrow()
  })

  it('is refused by a store whose space holds records already, and leaves it as it was', async () => {
    await archive(await filled(), 'again.jsonl')
    const other = await filled()
    const before = await contents(other, 'one')
    await expect(importHub(other, readArchive(path.join(directory, 'again.jsonl')))).rejects.toMatchObject({
      code: 'SPACE_TAKEN',
    })
    expect(await contents(other, 'one')).toEqual(before)
  })

  it('is taken in where it was cut before, also when the hub has gone on since', async () => {
    const store = await filled()
    await archive(store, 'resumed.jsonl')
    const file = path.join(directory, 'resumed.jsonl')
    const cut = path.join(directory, 'cut.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    writeFileSync(cut, lines.slice(0, -3).join('\n'))
    const other = await newStore()
    await expect(importHub(other, readArchive(cut))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
    const again = await openAgain(other)
    const one = await again.findSpace('gabriel', 'one')
    if (one === null) throw new Error('not taken in')
    const record = { kind: 'note', recordId: 'later', runId: '', payloadJson: '{}', expiresAt: null }
    await again.push(one, { author: 'gabriel', records: [record], rules: new Map() })
    expect(await importHub(again, readArchive(file))).toEqual({
      ...{ spaces: ['gabriel/two'], spacesPresent: ['gabriel/one'], records: 1200 },
      ...{ identities: 2, handlesTaken: [], epochKept: true },
    })
    expect(await contents(again, 'two')).toEqual(await contents(store, 'two'))
    expect((await contents(again, 'one')).page.lastId).toBe(1201)
  })

  it('keeps the keys of handles that are taken, and the epoch of a store that has readers', async () => {
    await archive(await filled(), 'keys.jsonl')
    const other = await newStore()
    const own = {
      handle: 'ada',
      fingerprint: `sha256:${'9'.repeat(64)}`,
      publicKey: 'C'.repeat(43),
      type: 'human',
    } as const
    await other.register(own)
    const space = await other.createSpace('ada', 'mine')
    const record = { kind: 'note', recordId: 'x', runId: '', payloadJson: '{}', expiresAt: null }
    await other.push(space, { author: 'ada', records: [record], rules: new Map([['note', 'once']]) })
    const { epoch } = other
    const result = await importHub(other, readArchive(path.join(directory, 'keys.jsonl')))
    expect(result).toMatchObject({ handlesTaken: ['ada'], epochKept: false })
    expect(await other.findIdentity('ada')).toEqual(own)
    expect(other.epoch).toBe(epoch)
  })

  it.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2), /Line \d+ .* cannot be taken in/],
    ['without its end', (text: string) => text.split('\n').slice(0, -2).join('\n'), /ends before its end/],
    [
      'of another version',
      (text: string) => text.replace('"muse_coord_archive":1', '"muse_coord_archive":9'),
      /Line 1 .* version 1/,
    ],
    [
      'with a record id that is a path',
      (text: string) => text.replace('"r7"', '"../../x"'),
      /unsafe record_id: "..\/..\/x"/,
    ],
    [
      'with an author who is no handle',
      (text: string) => text.replace('"author":"gabriel"', '"author":"gab\\"riel"'),
      /a record without .* author/,
    ],
    [
      'with a time that is none',
      (text: string) => text.replace(/"received_at":"[^"]*"/, '"received_at":"soon"'),
      /a record without .* time/,
    ],
    ['with ids out of order', (text: string) => text.replace('"id":7,', '"id":700,'), /record 8 stands behind 700/],
    [
      'with ids beyond its end',
      (text: string) =>
        text.replace('"last_id":1200', '"last_id":5').replace(/"positions":\[\[.*?\]\]/, '"positions":[]'),
      /ends at 5/,
    ],
    [
      'with positions beyond its end',
      (text: string) => text.replace('"last_id":1200', '"last_id":5'),
      /no frame of a space/,
    ],
    [
      'with a rule for what is no name of a kind',
      (text: string) => text.replace('"lock":"lease"', '"lo ck":"lease"'),
      /no frame of a space/,
    ],
    ['with a member of an unknown role', (text: string) => text.replace('"write"', '"rule"'), /no frame of a space/],
  ])('%s is refused with its line, and no half of a space is taken in', async (_what, damage, sentence) => {
    await archive(await filled(), 'whole.jsonl')
    const file = path.join(directory, 'damaged.jsonl')
    writeFileSync(file, damage(readFileSync(path.join(directory, 'whole.jsonl'), 'utf8')))
    const other = await newStore()
    await expect(importHub(other, readArchive(file))).rejects.toThrow(sentence)
    for (const slug of ['one', 'two']) {
      const space = await other.findSpace('gabriel', slug)
      const count =
        space === null ? 0 : (await other.since(space, { sinceId: 0, limit: 5000, kinds: [] })).records.length
      expect([0, 1200]).toContain(count)
    }
  })
})
