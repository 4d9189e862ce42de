import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { rawRequest } from './raw-request.js'
import { sentRecord } from './records.js'

const PUSH = '/gabriel/a/coord/push'
const PULL = '/gabriel/a/coord/pull'
const NOW = 1_745_280_000
const clock = { now: () => NOW * 1000 }

async function refusal(answer: Response): Promise<string> {
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('MSign realm="musehub"')
  const body = (await answer.json()) as { detail: string; status: string }
  expect(body.status).toBe('unauthorized')
  return body.detail
}

describe('a signed request', () => {
  let hub: StartedHub
  let gabriel: Signer
  const push = { method: 'POST', body: JSON.stringify({ records: [sentRecord('a')] }) }

  beforeAll(async () => {
    hub = await startHub({ clock, limits: { refusedSignatures: 1000, refusedSignaturesPerAddress: 1000 } })
    gabriel = await hub.register('gabriel')
    expect((await gabriel.fetch(PUSH, push)).status).toBe(200)
  })
  afterAll(() => hub.close())

  function send(path: string, authorization: string, init: RequestInit = {}): Promise<Response> {
    return fetch(hub.url + path, {
      ...init,
      headers: { authorization, ...(init.body ? { 'content-type': 'application/json' } : {}), ...init.headers },
    })
  }

  it.each([-30, 30])('is taken %i s from the hub’s clock', async (offset) => {
    expect((await gabriel.fetch(PULL, { at: NOW + offset })).status).toBe(200)
  })

  it.each([
    [-31, '31 s behind'],
    [31, '31 s ahead of'],
  ])('is refused %i s from the hub’s clock', async (offset, words) => {
    expect(await refusal(await gabriel.fetch(PULL, { at: NOW + offset }))).toContain(words)
  })

  it('is refused with another key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const impostor = createSigner(hub.url, clock, gabriel.identity, privateKey)
    expect(await refusal(await impostor.fetch(PUSH, push))).toContain('no key that is registered here for gabriel')
  })

  it('is refused for a handle that is not registered', async () => {
    const stranger = createSigner(hub.url, clock, { ...gabriel.identity, handle: 'stranger' }, gabriel.privateKey)
    expect(await refusal(await stranger.fetch(PULL))).toContain('no key that is registered here for stranger')
  })

  it('is refused in the same words for a handle that nobody has and for a wrong key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const answers = ['gabriel', 'nobody1'].flatMap((handle) => {
      const signer = createSigner(hub.url, clock, { ...gabriel.identity, handle }, privateKey)
      return [signer.fetch(PULL), signer.fetch(PUSH, push), signer.fetch('/api/auth/revoke', { method: 'POST' })]
    })
    const told = await Promise.all((await Promise.all(answers)).map((answer) => answer.text()))
    expect(told.slice(0, 3)).toEqual(told.slice(3).map((text) => text.replaceAll('nobody1', 'gabriel')))
  })

  it('is refused when it was made for another hub', async () => {
    expect(await refusal(await gabriel.fetch(PULL, { host: 'hub.example.com' }))).toContain('over this request')
  })

  it('is refused with a host that is not this hub’s, though it was signed so', async () => {
    const { port } = new URL(hub.url)
    const header = gabriel.authorize(PULL, { host: `evil.example:${port}` })
    const answer = await rawRequest(
      hub.url,
      `GET ${PULL} HTTP/1.1\r\nHost: evil.example:${port}\r\nAuthorization: ${header}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('not known as') })
  })

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('is taken under the loopback name %s', async (name) => {
    const { port } = new URL(hub.url)
    const header = gabriel.authorize(PULL, { host: `${name.toLowerCase()}:${port}` })
    const answer = await rawRequest(
      hub.url,
      `GET ${PULL} HTTP/1.1\r\nHost: ${name}:${port}\r\nAuthorization: ${header}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer.status).toBe(200)
  })

  it('is refused with a changed body', async () => {
    const header = gabriel.authorize(PUSH, push)
    const body = push.body.replace('run-1', 'run-2')
    expect(await refusal(await send(PUSH, header, { method: 'POST', body }))).toContain('over this request')
  })

  it('is refused without its body', async () => {
    expect(await refusal(await send(PUSH, gabriel.authorize(PUSH, push), { method: 'POST' }))).toContain(
      'over this request',
    )
  })

  it.each([
    ['on another path', '/gabriel/b/coord/pull'],
    ['with another query', `${PULL}?since_id=1`],
    ['on the same path written otherwise', '/gabriel/%61/coord/pull'],
  ])('is refused when it is replayed %s', async (_, path) => {
    expect(await refusal(await send(path, gabriel.authorize(PULL, {})))).toContain('over this request')
  })

  it('is refused when it is replayed with another method', async () => {
    const header = gabriel.authorize('/api/repos/gabriel/a', {})
    const answer = await send('/api/repos/gabriel/a', header, { method: 'PUT', body: '{"visibility":"public"}' })
    await refusal(answer)
    expect((await hub.store.findSpace('gabriel', 'a'))?.visibility).toBe('private')
  })

  it.each([
    ['another scheme', 'Bearer abc'],
    ['a broken header', 'MSign handle="gabriel"'],
    ['nothing in it', 'MSign'],
  ])('is refused with %s, also where none is needed', async (_, header) => {
    await refusal(await send(PULL, header))
  })

  it('is asked for where one is needed', async () => {
    const answer = await fetch(hub.url + PUSH, {
      method: 'POST',
      body: push.body,
      headers: { 'content-type': 'application/json' },
    })
    expect(await refusal(answer)).toContain('must be signed')
  })

  it('is judged by its header before the body is read', async () => {
    const head = `POST ${PUSH} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nContent-Type: application/json\r\nContent-Length: 16000000`
    const answer = await rawRequest(hub.url, `${head}\r\nAuthorization: MSign x\r\nConnection: close\r\n\r\n`)
    expect(answer.status).toBe(401)
  })
})

describe('a hub with a public URL', () => {
  it.each([
    ['https://hub.example.com', 'hub.example.com', ''],
    ['https://Hub.Example.com:443/', 'hub.example.com', ''],
    ['https://hub.example.com:8443', 'hub.example.com:8443', ''],
    ['https://example.com/team/hub', 'example.com', '/team/hub'],
  ])('%s takes what was signed for it, whatever host the proxy names', async (publicUrl, host, prefix) => {
    const hub = await startHub({ publicUrl })
    try {
      const gabriel = await hub.register('gabriel')
      const pushed = await gabriel.fetch(prefix + PUSH, { method: 'POST', body: { records: [] }, host })
      expect(pushed.status).toBe(200)
      expect(await refusal(await gabriel.fetch(PULL))).toContain('over this request')
    } finally {
      await hub.close()
    }
  })

  it('takes requests whose path prefix the proxy cut off', async () => {
    const hub = await startHub({ publicUrl: 'https://example.com/team' })
    try {
      const gabriel = await hub.register('gabriel')
      await hub.store.createSpace('gabriel', 'a')
      const authorization = gabriel.authorize(`/team${PULL}`, { host: 'example.com' })
      expect((await fetch(hub.url + PULL, { headers: { authorization } })).status).toBe(200)
    } finally {
      await hub.close()
    }
  })
})

describe('refused signatures', () => {
  it('have who sent them wait, and nobody whose signature is good: not the handle, and not who is beside them', async () => {
    const hub = await startHub({ limits: { refusedSignatures: 3 } })
    try {
      const gabriel = await hub.register('gabriel')
      await hub.store.createSpace('gabriel', 'a')
      const impostor = createSigner(hub.url, hub.clock, gabriel.identity, generateKeyPairSync('ed25519').privateKey)
      for (let attempt = 0; attempt < 3; attempt++) expect((await impostor.fetch(PULL)).status).toBe(401)
      for (const answer of [await impostor.fetch(PULL), await impostor.fetch(PUSH, { method: 'POST', body: '{}' })]) {
        expect(answer.status).toBe(429)
        // Each further guess costs them a connection.
        expect(answer.headers.get('connection')).toBe('close')
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(200)
        expect(await answer.json()).toMatchObject({
          status: 'rate_limited',
          detail: expect.stringContaining('Too many refused signatures'),
        })
      }
      const good = await gabriel.fetch(PULL)
      expect([good.status, good.headers.get('connection')]).toEqual([200, 'keep-alive'])
      expect((await impostor.fetch(PULL)).status).toBe(429)
      expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    } finally {
      await hub.close()
    }
  })

  it('of many handles have their address wait with every bad one, and with no good one', async () => {
    const hub = await startHub({ limits: { refusedSignaturesPerAddress: 5 } })
    try {
      const gabriel = await hub.register('gabriel')
      await hub.store.createSpace('gabriel', 'a')
      const guess = (attempt: number) =>
        createSigner(hub.url, hub.clock, { ...gabriel.identity, handle: `g${attempt}` }, gabriel.privateKey)
      for (let attempt = 0; attempt < 5; attempt++) expect((await guess(attempt).fetch(PULL)).status).toBe(401)
      expect((await guess(6).fetch(PULL)).status).toBe(429)
      expect((await gabriel.fetch(PULL)).status).toBe(200)
    } finally {
      await hub.close()
    }
  })

  it('because of a wrong clock lock nobody out', async () => {
    const hub = await startHub({ clock, limits: { refusedSignatures: 2 } })
    try {
      const gabriel = await hub.register('gabriel')
      await hub.store.createSpace('gabriel', 'a')
      for (let attempt = 0; attempt < 5; attempt++) {
        expect((await gabriel.fetch(PULL, { at: NOW - 100 })).status).toBe(401)
      }
      expect((await gabriel.fetch(PULL)).status).toBe(200)
    } finally {
      await hub.close()
    }
  })
})

describe('a signature for administration', () => {
  it('acts once: played again it lets nobody in and opens nothing, and the honest ask again a second on', async () => {
    const hub = await startHub({ clock })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    await hub.register('mary')
    expect(
      (await gabriel.fetch(PUSH, { method: 'POST', body: JSON.stringify({ records: [sentRecord('a')] }) })).status,
    ).toBe(200)
    const space = '/api/repos/gabriel/a'
    const member = `${space}/members/mary`
    const put = { method: 'PUT', body: '{"role":"write"}' }
    const admits = gabriel.authorize(member, put)
    const opens = gabriel.authorize(space, { method: 'PUT', body: '{"visibility":"public"}' })
    const play = async (path: string, authorization: string, body: string) => {
      const headers = { authorization, 'content-type': 'application/json' }
      const answer = await fetch(hub.url + path, { method: 'PUT', headers, body })
      return [answer.status, ((await answer.json()) as { status?: string }).status]
    }
    expect(await play(member, admits, put.body)).toEqual([200, undefined])
    expect(await play(space, opens, '{"visibility":"public"}')).toEqual([200, undefined])
    expect((await gabriel.fetch(member, { method: 'DELETE' })).status).toBe(200)
    expect((await gabriel.fetch(space, { method: 'PUT', body: '{"visibility":"private"}' })).status).toBe(200)

    expect(await play(member, admits, put.body)).toEqual([401, 'signature_used'])
    expect(await play(space, opens, '{"visibility":"public"}')).toEqual([401, 'signature_used'])
    const found = await hub.store.findSpace('gabriel', 'a')
    expect(found?.visibility).toBe('private')
    expect([...(await hub.store.members(found as NonNullable<typeof found>))]).toEqual([])
    expect((await gabriel.fetch(member, { ...put, at: NOW + 1 })).status).toBe(200)
  })
})
