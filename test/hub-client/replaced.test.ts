import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Identity } from '../../src/auth/identity-file.js'
import {
  CLOCK,
  createContainer,
  diskStorage,
  HUB_CONNECTOR,
  HubConnector,
  IDENTITIES,
  openSession,
  PULL,
  PUSH,
  type Pull,
  type Push,
  pull,
  push,
  type SessionOptions,
  showIdentity,
} from '../../src/index.js'
import { answer, startFaultyHub, takeEverything } from '../support/faulty-hub.js'
import { reservation } from '../support/records.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const NOW = Date.parse('2031-05-05T05:05:05Z')
const HUB = 'https://hub.example'

/** A repository with one record to push, and a session in it whose environment is empty. */
async function sessionOf(options: SessionOptions = {}) {
  const directory = temporaryDirectory()
  for (const [name, payload] of Object.entries(reservation('r1'))) {
    const file = path.join(directory, '.muse/coordination', name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, JSON.stringify(payload))
  }
  const remote = path.join(directory, '.muse/coordination/remote')
  const session = await openSession({ directory, env: {}, hub: HUB, owner: 'gabriel', slug: 'muse', ...options })
  return { session, pulled: () => (fs.existsSync(remote) ? fs.readdirSync(remote) : []) }
}

function identity(): Identity {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { host: 'hub.example', handle: 'gabriel', type: 'agent', fingerprint: '', keyPath: '', privateKey }
}

const record = { id: 7, kind: 'task', record_id: 't1', run_id: 'run-1', payload: {}, expires_at: null }

/** A `fetch` without a network. */
function memoryHub() {
  const seen: { url: string; method: string; headers: Record<string, string>; body: string }[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { method = '', headers, body } = init as { method?: string; headers: Record<string, string>; body?: Buffer }
    seen.push({ url: String(url), method, headers, body: body?.toString() ?? '' })
    return Response.json(method === 'POST' ? { inserted: 1, skipped: 0 } : { records: [record], cursor: 7 })
  }
  return { seen, fetch }
}

describe('a session', () => {
  it('keeps the files of its store in the storage that it is given, and no others', async () => {
    const { fetch } = memoryHub()
    const elsewhere = temporaryDirectory()
    const storage = { open: () => diskStorage.open(elsewhere) }
    const { session, pulled } = await sessionOf({ fetch, identity: identity(), storage })
    expect(await push(session)).toMatchObject({ inserted: 0 })
    expect(await pull(session)).toMatchObject({ count: 1, cursor: 7 })
    await session.workspace.write('task', { task_id: 't2' })
    expect(
      session.workspace.view
        .entries('task')
        .map(({ recordId }) => recordId)
        .sort(),
    ).toEqual(['t1', 't2'])
    expect(pulled()).toEqual([])
    expect(fs.readdirSync(path.join(elsewhere, '.muse/coordination')).sort()).toEqual(
      expect.arrayContaining(['.sync', 'remote', 'tasks']),
    )
  })

  it('pushes and pulls through the fetch that it is given, and no other', async () => {
    const { seen, fetch } = memoryHub()
    const { session, pulled } = await sessionOf({ fetch, identity: identity() })
    expect(await push(session)).toMatchObject({ inserted: 1, failed: false })
    expect(await pull(session)).toMatchObject({ count: 1, cursor: 7 })
    expect(pulled()).toEqual(['task'])
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://hub.example/gabriel/muse/coord/push',
      'GET https://hub.example/gabriel/muse/coord/pull?since_id=0&limit=500',
    ])
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ records: [{ kind: 'reservation', record_id: 'r1' }] })
  })

  it('tries again through that fetch, and names what it failed by', async () => {
    let tries = 0
    const fetch = async () => {
      tries++
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }) })
    }
    const { session } = await sessionOf({ fetch, identity: null })
    await expect(pull(session)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('no such host (ENOTFOUND)'),
    })
    expect(tries).toBe(4)
  })

  it('bounds what comes out of that fetch', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) })
    const { session } = await sessionOf({ fetch: async () => new Response(endless), identity: null })
    await expect(pull(session)).rejects.toMatchObject({
      code: 'HUB_ANSWER',
      message: expect.stringContaining('64 MiB'),
    })
  })

  it('ends an answer of that fetch that does not come to an end in time', async () => {
    const fetch: typeof globalThis.fetch = async (_, init) =>
      new Response(
        new ReadableStream({
          start: (controller) => init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason)),
        }),
      )
    const { session } = await sessionOf({ fetch, identity: null, timeoutSeconds: 0.2 })
    await expect(pull(session)).rejects.toMatchObject({ code: 'HUB_TIMEOUT' })
  })

  it('signs by the clock that it is given', async () => {
    const { seen, fetch } = memoryHub()
    const { session } = await sessionOf({ fetch, identity: identity(), clock: { now: () => NOW } })
    await pull(session)
    expect(seen[0]?.headers.authorization).toContain(` ts=${NOW / 1000} `)
  })

  it('signs as whom it is given, in memory and without a home', async () => {
    const { seen, fetch } = memoryHub()
    const { session } = await sessionOf({ fetch, identity: { ...identity(), handle: 'somebody' } })
    await push(session)
    expect(seen[0]?.headers.authorization).toMatch(/^MSign handle="somebody" alg="ed25519"/)
    expect(showIdentity(session)).toMatchObject({ handle: 'somebody' })
  })

  it('signs nothing where it is told that it is nobody', async () => {
    const { seen, fetch } = memoryHub()
    const { session } = await sessionOf({ fetch, identity: null })
    await pull(session)
    expect(seen[0]?.headers).not.toHaveProperty('authorization')
    expect(await push(session).catch((error) => error)).toMatchObject({ code: 'NO_IDENTITY' })
  })
})

describe('a program', () => {
  it('puts its own push and pull in the place of the pipelines', async () => {
    const container = await createContainer()
    container.register<Push>(PUSH, { useValue: { run: async () => ({ inserted: 42 }) as never } })
    container.register<Pull>(PULL, { useValue: { run: async () => ({ count: 43 }) as never } })
    const { session } = await sessionOf({ container })
    expect(await push(session)).toEqual({ inserted: 42 })
    expect(await pull(session)).toEqual({ count: 43 })
  })

  it('puts its own connector in the place of the one that looks for hubs', async () => {
    const hub = await startFaultyHub((request, response) =>
      (request.method === 'POST' ? takeEverything : answer(200, { records: [], cursor: 0 }))(request, response),
    )
    class Elsewhere extends HubConnector {
      override connectAs(...[signer, address, options]: Parameters<HubConnector['connectAs']>) {
        return super.connectAs(signer, { ...address, base: hub.url }, options)
      }
    }
    const container = await createContainer()
    const { session } = await sessionOf({ container, identity: identity() })
    session.container.register(HUB_CONNECTOR, {
      useFactory: (own) => new Elsewhere(own.resolve(CLOCK), undefined, own.resolve(IDENTITIES)),
    })
    expect(await push(session)).toMatchObject({ inserted: 1, failed: false })
    expect(await pull(session)).toMatchObject({ count: 0 })
    expect(hub.requests).toHaveLength(2)
  })
})
