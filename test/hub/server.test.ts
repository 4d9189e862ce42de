import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { coordError } from '../../src/base/errors.js'
import { type StartedHub, startHub } from '../support/start-hub.js'
import { rawRequest } from './raw-request.js'

describe('a hub on its socket', () => {
  let hub: StartedHub

  beforeAll(async () => {
    hub = await startHub({ limits: { requestSeconds: 1, requestCheckMilliseconds: 100 } })
  })
  afterAll(() => hub.close())

  it.each(['/healthz', '/health', '/readyz'])('answers %s', async (path) => {
    const answer = await fetch(hub.url + path)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: path === '/readyz' ? 'ready' : 'ok' })
    expect((await fetch(hub.url + path, { method: 'HEAD' })).status).toBe(200)
  })

  it.each([
    ['GET', '/gabriel'],
    ['GET', '/gabriel/a/coord/push'],
    ['DELETE', '/gabriel/a/coord/pull'],
    ['GET', '/api/repos/gabriel'],
    ['POST', '/healthz'],
    ['PATCH', '/api/repos/gabriel/a'],
  ])('answers %s %s, which is nothing, in the shape of errors', async (method, path) => {
    const answer = await fetch(hub.url + path, { method })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toEqual({
      detail: expect.stringContaining(`no ${method} ${path} here`),
      status: 'not_found',
    })
  })

  it.each([
    ['a dot owner', '/%2e%2e/a/coord/pull', 400, 'owner must match'],
    ['an encoded slash', '/a%2fb/a/coord/pull', 400, 'owner must match'],
    ['a broken escape', '/%zz/a/coord/pull', 400, 'not a valid url'],
    ['a name of 300 characters', `/${'a'.repeat(300)}/a/coord/pull`, 400, 'owner must match'],
    ['a name of 5,000 characters', `/${'a'.repeat(5000)}/a/coord/pull`, 400, 'exceeding the max param length'],
  ])('answers %s in the address', async (_, path, status, detail) => {
    const answer = await rawRequest(hub.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const body = JSON.parse(answer.body) as { detail: string; status: string }
    expect(Object.keys(body)).toEqual(['detail', 'status'])
    expect(answer.status).toBe(status)
    expect(body.detail).toContain(detail)
  })

  describe('to the letter of HTTP', () => {
    // A proxy in front may read each of these otherwise than the hub: then one of them judges what the other does not see.
    const own = () => new URL(hub.url).host
    it.each([
      ['two hosts', () => `GET /healthz HTTP/1.1\r\nHost: ${own()}\r\nHost: evil.example\r\n`, 'Host stands twice'],
      ['one host twice', () => `GET /healthz HTTP/1.1\r\nHost: ${own()}\r\nhost: ${own()}\r\n`, 'Host stands twice'],
      [
        'two signatures',
        () => `GET /a/b/coord/pull HTTP/1.1\r\nHost: ${own()}\r\nAuthorization: a\r\nAuthorization: b\r\n`,
        'Authorization stands twice',
      ],
      [
        'the address of another host',
        () => `GET http://evil.example/healthz HTTP/1.1\r\nHost: ${own()}\r\n`,
        'evil.example',
      ],
      [
        'two signatures, of which one stands behind more headers than Node keeps by itself',
        () =>
          `GET /a/b/coord/pull HTTP/1.1\r\nHost: ${own()}\r\nAuthorization: a\r\n${'X:\r\n'.repeat(2500)}Authorization: b\r\n`,
        'Authorization stands twice',
      ],
      ['an empty host', () => `GET /healthz HTTP/1.1\r\nHost:\r\n`, 'its Host "" is none'],
      ['a list of hosts', () => `GET /healthz HTTP/1.1\r\nHost: a, b\r\n`, 'is none'],
      ['a host with a user', () => `GET http://a@${own()}/healthz HTTP/1.1\r\nHost: ${own()}\r\n`, 'Host another one'],
      ['no version', () => `GET /healthz\r\n`, 'HTTP/0.9'],
      [
        'a coding beside chunks',
        () => `POST /api/auth/challenge HTTP/1.1\r\nHost: ${own()}\r\nTransfer-Encoding: gzip, chunked\r\n`,
        'Transfer-Encoding',
      ],
      [
        'a coding and chunks in two headers',
        () =>
          `POST /api/auth/challenge HTTP/1.1\r\nHost: ${own()}\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n`,
        'Transfer-Encoding',
      ],
      [
        'chunks of an old version',
        () => `POST /api/auth/challenge HTTP/1.0\r\nTransfer-Encoding: chunked\r\n`,
        'Transfer-Encoding',
      ],
      ['a fragment', () => `GET /healthz#x HTTP/1.1\r\nHost: ${own()}\r\n`, 'fragment'],
      [
        'a number that is none to a proxy',
        () => `GET /a/b/coord/pull?since_id=0x1 HTTP/1.1\r\nHost: ${own()}\r\n`,
        'since_id must be integer',
      ],
      [
        'a name that is none',
        () => `GET /a/b/coord/pull?kinds=../x HTTP/1.1\r\nHost: ${own()}\r\n`,
        'no name of a kind',
      ],
      ['an asterisk', () => `GET * HTTP/1.1\r\nHost: ${own()}\r\n`, 'begins with a slash'],
    ])('refuses %s, and ends the connection', async (_, head, detail) => {
      const answer = await rawRequest(hub.url, `${head()}\r\n`)
      expect(answer.status).toBe(400)
      expect(JSON.parse(answer.body)).toEqual({ detail: expect.stringContaining(detail), status: 'bad_args' })
    })

    const CHUNKS = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
    it.each([
      ['a header that goes on in the next line', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n'],
      ['a blank before a colon', 'GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n'],
      ['lines that end in LF alone', 'GET /healthz HTTP/1.1\nHost: x\n\n'],
      ['one header that ends in LF alone', 'GET /healthz HTTP/1.1\r\nHost: x\nX-A: a\r\n\r\n'],
      ['a CR in a header', 'GET /healthz HTTP/1.1\r\nHost: x\rX-A: a\r\n\r\n'],
      ['a NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\0\r\n\r\n'],
      [
        'a length beside chunks',
        `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n${CHUNKS}\r\n2\r\n{}\r\n0\r\n\r\n`,
      ],
      [
        'two lengths',
        'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
      ],
      ['a length with a sign', 'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}'],
      [
        'chunks of another coding',
        `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      ],
      [
        'a chunk whose extension has an LF',
        `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n${CHUNKS}\r\n2;a\nb\r\n{}\r\n0\r\n\r\n`,
      ],
      [
        'a chunk whose extension never ends',
        `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n${CHUNKS}\r\n2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      ],
      ['chunks that end in LF alone', `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n${CHUNKS}\r\n2\n{}\n0\n\n`],
      [
        'the length of a chunk in another way',
        `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n${CHUNKS}\r\n0x2\r\n{}\r\n0\r\n\r\n`,
      ],
    ])('has Node refuse %s, and end the connection', async (_, text) => {
      expect((await rawRequest(hub.url, Buffer.from(text, 'latin1'))).status).toBe(400)
    })

    it('reads chunks with an extension, which means nothing here', async () => {
      const text = `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n${CHUNKS}Connection: close\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n`
      expect((await rawRequest(hub.url, text)).body).toContain('fingerprint')
    })

    it('takes its own whole address, as proxies may send it', async () => {
      const answer = await rawRequest(
        hub.url,
        `GET ${hub.url}/healthz HTTP/1.1\r\nHost: ${own()}\r\nConnection: close\r\n\r\n`,
      )
      expect(answer.status).toBe(200)
      const signer = await hub.register('whole')
      const path = '/api/repos/whole/a'
      const signed = `GET ${hub.url}${path} HTTP/1.1\r\nHost: ${own()}\r\nAuthorization: ${signer.authorize(path)}\r\n`
      expect((await rawRequest(hub.url, `${signed}Connection: close\r\n\r\n`)).status).toBe(404)
    })
  })

  it('answers an address of 20,000 characters with 431', async () => {
    const answer = await rawRequest(hub.url, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer.status).toBe(431)
    expect(JSON.parse(answer.body)).toEqual({ detail: expect.any(String), status: 'bad_args' })
  })

  it('answers what is no HTTP with 400', async () => {
    const answer = await rawRequest(hub.url, 'hello hub\r\n\r\n')
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toEqual({ detail: 'This is no HTTP request.', status: 'bad_args' })
  })

  it.each([
    ['headers', 'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\n'],
    [
      'body',
      'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    ],
  ])('gives up on %s that do not come', async (_, beginning) => {
    // Node by itself would wait for a minute, and the test does not.
    const answer = await rawRequest(hub.url, beginning)
    expect(answer.status).toBe(408)
    expect(JSON.parse(answer.body)).toEqual({ detail: expect.stringContaining('too long'), status: 'timed_out' })
  })

  it('goes on when a client leaves in the middle of a body', async () => {
    const { hostname, port } = new URL(hub.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    )
    await sleep(20)
    socket.destroy()
    await sleep(20)
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
  })

  it('gives each answer its own request id, errors too', async () => {
    const answers = await Promise.all(
      ['/healthz', '/nothing', '/%2e%2e/a/coord/pull'].map((path) => fetch(hub.url + path)),
    )
    const ids = answers.map((answer) => answer.headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('refuses a small body that is not small', async () => {
    const answer = await fetch(`${hub.url}/api/auth/challenge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fingerprint: 'x'.repeat(70_000) }),
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toEqual({ detail: expect.stringContaining('65536 bytes'), status: 'too_large' })
  })
})

describe('a hub that is asked too much', () => {
  it('answers an address with 429 and when to come again', async () => {
    const hub = await startHub({ limits: { requestsPerMinute: 3 } })
    try {
      const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(`${hub.url}/healthz`)))
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused).toHaveLength(1)
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused[0]?.json()).toEqual({
        detail: expect.stringContaining('Too many requests from this address'),
        status: 'rate_limited',
      })
    } finally {
      await hub.close()
    }
  })

  it('turns nobody away for longer because its clock was set back', async () => {
    const hub = await startHub({ limits: { requestsPerMinute: 1 } })
    const ask = async () => Number((await fetch(`${hub.url}/healthz`)).headers.get('retry-after'))
    const { now } = Date
    try {
      Date.now = () => now() + 3_600_000
      expect(await ask()).toBe(0)
      Date.now = now
      expect(await ask()).toBeGreaterThan(0)
      expect(await ask()).toBeLessThanOrEqual(60)
    } finally {
      Date.now = now
      await hub.close()
    }
  })

  it('answers a handle with 429 and lets others go on', async () => {
    const hub = await startHub({ limits: { handleRequestsPerMinute: 1 } })
    try {
      const [gabriel, ada] = [await hub.register('gabriel'), await hub.register('ada')]
      const path = '/api/repos/gabriel/a'
      expect((await gabriel.fetch(path, { method: 'PUT', body: { visibility: 'public' } })).status).toBe(200)
      const refused = await gabriel.fetch(path)
      expect(refused.status).toBe(429)
      expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('Too many requests from gabriel') })
      expect((await ada.fetch(path)).status).toBe(200)
    } finally {
      await hub.close()
    }
  })

  it('counts clients behind a trusted proxy one by one, and believes nobody else', async () => {
    for (const [trustedProxies, expected] of [
      [['127.0.0.1'], [200, 200]],
      [[], [200, 429]],
    ] as const) {
      const hub = await startHub({ limits: { requestsPerMinute: 1 }, trustedProxies })
      const statuses: number[] = []
      for (const address of ['203.0.113.1', '203.0.113.2']) {
        const answer = await fetch(`${hub.url}/healthz`, { headers: { 'x-forwarded-for': address } })
        statuses.push(answer.status)
      }
      await hub.close()
      expect(statuses).toEqual(expected)
    }
  })
})

describe('a hub whose store does not work', () => {
  it('is alive but not ready, and keeps the database’s words to itself', async () => {
    const hub = await startHub()
    const failure = coordError('STORE_FAILED', 'postgres://user:secret@db/hub', 'the server went away')
    const broken = new Proxy(hub.store, {
      get(store, name, receiver) {
        if (name === 'ping' || name === 'findSpace') return () => Promise.reject(failure)
        const value = Reflect.get(store, name, receiver) as unknown
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
    const behind = await startHub({ store: broken })
    try {
      expect((await fetch(`${behind.url}/healthz`)).status).toBe(200)
      for (const path of ['/readyz', '/gabriel/a/coord/pull']) {
        const answer = await fetch(behind.url + path)
        expect(answer.status).toBe(503)
        const body = await answer.text()
        expect(body).not.toContain('secret')
        expect(JSON.parse(body)).toEqual({
          detail: expect.stringContaining('cannot reach its store'),
          status: 'unavailable',
        })
      }
    } finally {
      await behind.close()
      await hub.close()
    }
  })
})
