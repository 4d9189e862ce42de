import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { challenge, newKey, postJson, registerKey, registration } from './key-proof.js'
import { sentRecord } from './records.js'
import { watch } from './watch-reader.js'

const directory = mkdtempSync(join(tmpdir(), 'muse-several-'))
let postgres: PostgresServer
let places = 0

beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(async () => {
  await postgres.remove()
  rmSync(directory, { recursive: true, force: true })
})

describe.each([
  ['SQLite', () => join(directory, `hub-${places++}`)],
  ['PostgreSQL', () => postgres.url(`several${places++}`)],
])('two hubs on one %s store', (_, newPlace) => {
  let stores: Store[]
  let hubs: StartedHub[]
  /** Gabriel, as he signs to each of the hubs. */
  let signers: Signer[]

  beforeEach(async () => {
    const place = newPlace()
    stores = [await openStore(place), await openStore(place)]
    hubs = await Promise.all(stores.map((store) => startHub({ store })))
    const [first, second] = hubs as [StartedHub, StartedHub]
    const gabriel = await first.register('gabriel')
    signers = [gabriel, createSigner(second.url, second.clock, gabriel.identity, gabriel.privateKey)]
  })
  afterEach(async () => {
    await Promise.all(hubs.map((hub) => hub.close()))
    await Promise.all(stores.map((store) => store.close()))
  })

  async function push(hub: number, ...records: unknown[]) {
    const answer = await signers[hub]?.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records } })
    return (await answer?.json()) as Record<string, unknown>
  }

  async function pull(signer: Signer): Promise<object> {
    const { now: _, ...page } = (await (await signer.fetch('/gabriel/a/coord/pull')).json()) as { now: string }
    return page
  }

  it('know the same handles, spaces and records', async () => {
    expect(await push(0, sentRecord('a'))).toMatchObject({ inserted: 1, cursor: 1 })
    expect(await push(1, sentRecord('a'), sentRecord('b'))).toMatchObject({ inserted: 1, skipped: 1, cursor: 2 })
    const pages = await Promise.all(signers.map(pull))
    expect(pages[0]).toEqual(pages[1])
  })

  it('have one winner for a lease', async () => {
    const claim = (run: string, task: string) =>
      sentRecord(task, { kind: 'claim', run_id: run, expires_at: '2099-01-01T00:00:00Z' })
    const tasks = Array.from({ length: 20 }, (_, index) => `t${index}`)
    const answers = await Promise.all(
      tasks.flatMap((task) => [push(0, claim('run-0', task)), push(1, claim('run-1', task))]),
    )
    const granted = answers.filter(({ inserted }) => inserted === 1)
    const held = answers.flatMap(({ conflicts }) => conflicts as { reason: string }[])
    expect(granted).toHaveLength(tasks.length)
    expect(held.map(({ reason }) => reason)).toEqual(tasks.map(() => 'held'))
  })

  it('tell who watches at one of what was pushed to the other', async () => {
    await push(0, sentRecord('first'))
    const reader = await watch(signers[1] as Signer, '/gabriel/a/coord/watch?since_id=1')
    for (let id = 2; id < 12; id++) {
      await push(0, sentRecord(`r${id}`))
      expect(await reader.until(new RegExp(`id: ${id}\n`))).toContain(`"cursor":${id}`)
    }
    reader.close()
  })

  it.each(['pull', 'push'])('know what the other has told in an epoch that it has made: %s', async (asked) => {
    await push(0, sentRecord('a'))
    const [store] = stores
    await store?.renew(store.epoch)
    const { position, epoch } = await push(0, sentRecord('b'))
    const [, signer] = signers as [Signer, Signer]
    const answer = await (asked === 'pull'
      ? signer.fetch(`/gabriel/a/coord/pull?seen=${position}`)
      : signer.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records: [], seen: [position] } }))
    expect(await answer.json()).toMatchObject({ follows: true, epoch })
  })

  it('give a handle to one key when both are asked at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => registerKey(hubs[index % 2]?.url ?? '', 'race', newKey())),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('take a nonce that the other gave out, once', async () => {
    const key = newKey()
    const body = registration('roaming', key, await challenge(hubs[0]?.url ?? '', key))
    const answers = await Promise.all(hubs.map(({ url }) => postJson(`${url}/api/auth/verify`, body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  })
})

describe('two hubs on one PostgreSQL store, the clock of one a minute ahead', () => {
  it('judge leases by the clock of the database, and grant none twice', async () => {
    const place = postgres.url('clocks')
    const ahead = { now: () => Date.now() + 60_000 }
    const behind = { now: () => Date.now() - 60_000 }
    const stores = [await openStore(place), await openStore(place)] as [Store, Store]
    const hubs = [
      await startHub({ store: stores[0], clock: behind }),
      await startHub({ store: stores[1], clock: ahead }),
    ]
    const [first, second] = hubs as [StartedHub, StartedHub]
    try {
      const gabriel = await first.register('gabriel')
      const signers = [gabriel, createSigner(second.url, ahead, gabriel.identity, gabriel.privateKey)]
      const claim = async (hub: number, run: string, seconds: number) => {
        const expiresAt = new Date(Date.now() + seconds * 1000).toISOString()
        const records = [sentRecord('t', { kind: 'claim', run_id: run, expires_at: expiresAt })]
        const answer = await signers[hub]?.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records } })
        return (await answer?.json()) as { leases: { token: number }[]; now: string }
      }
      const before = Date.now() - 1000
      const granted = await claim(0, 'run-0', 30)
      expect(granted.leases).toMatchObject([{ token: 1 }])
      expect((await claim(1, 'run-1', 120)).leases).toEqual([])
      const page = await (signers[1] as Signer).fetch('/gabriel/a/coord/pull')
      const { records, now } = (await page.json()) as {
        records: { run_id: string; received_at: string }[]
        now: string
      }
      expect(records).toMatchObject([{ run_id: 'run-0', received_at: granted.now }])
      for (const time of [granted.now, now]) {
        expect(Date.parse(time)).toBeGreaterThan(before)
        expect(Date.parse(time)).toBeLessThan(Date.now() + 1000)
      }
    } finally {
      await Promise.all(hubs.map((hub) => hub.close()))
      await Promise.all(stores.map((store) => store.close()))
    }
  })
})

/** A server that was named from outside is not ours to stop. */
const itWithOwnServer = process.env.MUSE_COORD_TEST_POSTGRES ? it.skip : it

describe('a hub whose PostgreSQL restarts', () => {
  itWithOwnServer(
    'says that it is not ready meanwhile, goes on afterwards, and its readers miss nothing',
    async () => {
      const store = await openStore(postgres.url('restarting'))
      const hub = await startHub({ store, limits: { streamCommentSeconds: 60 } })
      try {
        const gabriel = await hub.register('gabriel')
        const push = (id: string) =>
          gabriel.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records: [sentRecord(id)] } })
        expect((await push('before')).status).toBe(200)
        const reader = await watch(gabriel, '/gabriel/a/coord/watch?since_id=1')
        await postgres.stop()
        expect((await fetch(`${hub.url}/readyz`)).status).toBe(503)
        expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
        const refused = await push('meanwhile')
        expect(refused.status).toBe(503)
        expect(await refused.text()).not.toContain('postgres:postgres')
        await postgres.start()
        let answer = await push('after')
        for (let attempt = 0; attempt < 50 && answer.status !== 200; attempt++) answer = await push('after')
        expect(answer.status).toBe(200)
        await reader.until(/id: 2\n/)
        reader.close()
        expect((await fetch(`${hub.url}/readyz`)).status).toBe(200)
        const page = (await (await gabriel.fetch('/gabriel/a/coord/pull')).json()) as {
          records: { record_id: string }[]
        }
        expect(page.records.map((record) => record.record_id)).toEqual(['before', 'after'])
      } finally {
        await hub.close()
        await store.close()
      }
    },
    60_000,
  )
})
