import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { systemClock } from '../../src/base/clock.js'
import { createHttpFetch } from '../../src/hub-client/http-fetch.js'
import { HubClient } from '../../src/hub-client/hub-client.js'
import { proxyFor } from '../../src/hub-client/proxy.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { startForwardProxy } from '../support/forward-proxy.js'
import { createMachine } from '../support/machine.js'

const fixture = (name: string) => fs.readFileSync(path.join(import.meta.dirname, '../fixtures/tls', name))
const NOTHING = { records: [], cursor: 0 }
const signer = { handle: 'gabriel', privateKey: generateKeyPairSync('ed25519').privateKey }
const QUERY = { sinceId: 0, limit: 5, kinds: [] }

/** A hub with TLS; what it is to `hub.test`, its port on this machine. */
async function startTlsHub() {
  const seen: string[] = []
  const server = https.createServer({ cert: fixture('cert.pem'), key: fixture('key.pem') }, (request, response) => {
    seen.push(`${request.headers.host}${request.url}`)
    response.end(JSON.stringify(NOTHING))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://hub.test:${port}`, host: `hub.test:${port}`, seen }
}

function clientOf(url: string, env: Record<string, string>, more: { timeoutSeconds?: number } = {}) {
  const fetch = createHttpFetch({ env, tls: { ca: fixture('cert.pem') } })
  return new HubClient({ hub: parseHubUrl(url), signer, clock: systemClock, fetch, ...more })
}

describe('a hub beyond a proxy', () => {
  it('is reached through a tunnel, which serves for the next request too', async () => {
    const [proxy, hub] = [await startForwardProxy(), await startTlsHub()]
    const client = clientOf(hub.url, { https_proxy: proxy.url.replace('//', '//me:p%40ss@') })
    expect(await client.pull('a', 'b', QUERY)).toMatchObject({ cursor: 0 })
    await client.pull('a', 'b', QUERY)
    expect(proxy.asked).toEqual([`CONNECT ${hub.host}`])
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`])
    expect(hub.seen).toEqual(Array(2).fill(`${hub.host}/a/b/coord/pull?since_id=0&limit=5`))
  })

  it('is judged by its own certificate', async () => {
    const [proxy, hub] = [await startForwardProxy(), await startTlsHub()]
    const fetch = createHttpFetch({ env: { https_proxy: proxy.url } })
    const client = new HubClient({ hub: parseHubUrl(hub.url), signer, clock: systemClock, fetch })
    await expect(client.pull('a', 'b', QUERY)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
    expect(hub.seen).toEqual([])
  })

  it.each([
    [407, 'NETWORK_CLOSED'],
    [502, 'HUB_UNREACHABLE'],
  ])('is not reached where the proxy answers %s, and the error says so', async (status, code) => {
    const [proxy, hub] = [await startForwardProxy(status), await startTlsHub()]
    const client = clientOf(hub.url, { https_proxy: proxy.url })
    await expect(client.pull('a', 'b', QUERY)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`the proxy 127\\.0\\.0\\.1:\\d+ answered ${status}`)),
    })
  })

  it('without TLS is not taken for one that denies, where the proxy does', async () => {
    const proxy = await startForwardProxy(403)
    const client = clientOf('http://hub.test', { http_proxy: proxy.url })
    await expect(client.space('a', 'b')).rejects.toMatchObject({ code: 'HUB_INSECURE' })
    const unsigned = new HubClient({
      hub: parseHubUrl('http://hub.test'),
      signer: null,
      clock: systemClock,
      fetch: createHttpFetch({ env: { http_proxy: proxy.url } }),
    })
    await expect(unsigned.space('a', 'b')).rejects.toMatchObject({ code: 'NETWORK_CLOSED' })
  })

  it('keeps to itself the password in an address that is none of a proxy', async () => {
    const client = clientOf('https://hub.example.com', { https_proxy: 'socks5://me:hunter2@proxy' })
    await expect(client.pull('a', 'b', QUERY)).rejects.toMatchObject({
      message: expect.stringMatching(/^(?!.*hunter2).*socks5:\/\/\*\*\*@proxy/),
    })
  })

  it('is not called away where it is the proxy that nobody reaches', async () => {
    const hub = await startTlsHub()
    const client = clientOf(hub.url, { https_proxy: 'http://127.0.0.1:9' })
    await expect(client.pull('a', 'b', QUERY)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(
        /the proxy 127\.0\.0\.1:9 of the environment cannot be asked: connect ECONNREFUSED/,
      ),
    })
  })

  it('is given up in time where the proxy says nothing', async () => {
    const [proxy, hub] = [await startForwardProxy(null), await startTlsHub()]
    const client = clientOf(hub.url, { https_proxy: proxy.url }, { timeoutSeconds: 0.3 })
    await expect(client.pull('a', 'b', QUERY)).rejects.toMatchObject({ code: 'HUB_TIMEOUT' })
    expect(hub.seen).toEqual([])
  })

  it('without TLS is asked of the proxy by its whole address, by a session whose environment says so', async () => {
    const [proxy, hub] = [await startForwardProxy(), await startFaultyHub(answer(200, NOTHING))]
    const url = hub.url.replace('127.0.0.1', 'hub.test')
    const machine = await createMachine({ hub: url, signer: null })
    expect(await machine.pull({ env: { ...machine.env, http_proxy: proxy.url } })).toMatchObject({ count: 0 })
    expect(proxy.asked).toEqual([`GET ${url}/gabriel/muse/coord/pull?since_id=0&limit=500`])
    expect(hub.requests[0]?.headers.host).toBe(new URL(url).host)
  })

  it('on this machine is reached without it', async () => {
    const [proxy, hub] = [await startForwardProxy(), await startFaultyHub(answer(200, NOTHING))]
    const machine = await createMachine({ hub: hub.url })
    await machine.pull({ env: { ...machine.env, http_proxy: proxy.url, HTTP_PROXY: proxy.url } })
    expect(proxy.asked).toEqual([])
    expect(hub.requests).toHaveLength(1)
  })
})

describe('the proxy of an address', () => {
  const env = { https_proxy: 'http://proxy:3128', http_proxy: 'plain:80' }
  it.each([
    ['https://hub.example', env, 'http://proxy:3128/'],
    ['http://hub.example', env, 'http://plain/'],
    ['https://hub.example', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https://hub.example', { http_proxy: 'plain:80' }, null],
    ['https://localhost:1337', env, null],
    ['http://127.0.0.2:1337', env, null],
    ['http://[::1]:1337', env, null],
    ['https://hub.example', { ...env, no_proxy: 'other.example,hub.example' }, null],
    ['https://hub.example', { ...env, NO_PROXY: '*' }, null],
    ['https://hub.example', { ...env, no_proxy: '.example' }, null],
    ['https://hub.example', { ...env, no_proxy: 'b.example' }, 'http://proxy:3128/'],
    ['https://hub.example', { ...env, no_proxy: 'HUB.example:443' }, null],
    ['https://hub.example:8443', { ...env, no_proxy: 'hub.example:443' }, 'http://proxy:3128/'],
    ['https://hub.example.', { ...env, no_proxy: 'hub.example' }, null],
    ['https://10.1.2.3', { ...env, no_proxy: '10.0.0.0/8' }, null],
    ['https://11.1.2.3', { ...env, no_proxy: '10.0.0.0/8,300.0.0.0/8,10.0.0.0/99' }, 'http://proxy:3128/'],
    ['https://ten.example', { ...env, no_proxy: '10.0.0.0/8' }, 'http://proxy:3128/'],
    ['https://[fd00::1]', { ...env, no_proxy: 'fd00:0::1' }, null],
    ['https://[fd00::1]:8443', { ...env, no_proxy: '[fd00::1]:8443' }, null],
    ['https://[fd00::1]', { ...env, no_proxy: '[fd00::1]:8443' }, 'http://proxy:3128/'],
    ['https://[fd00::1]', { ...env, no_proxy: 'fd00::/8' }, null],
    ['https://[fe00::1]', { ...env, no_proxy: 'fd00::/8' }, 'http://proxy:3128/'],
    ['https://hub.example', { ALL_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    ['https://hub.example', { ALL_PROXY: 'socks5://other:1080', https_proxy: 'proxy:3128' }, 'http://proxy:3128/'],
    ['https://hub.example', {}, null],
  ] as const)('%s with %j is %s', (url, environment, proxy) => {
    expect(proxyFor(new URL(url), environment)?.href ?? null).toBe(proxy)
  })

  it('is refused where it is no address', () => {
    expect(() => proxyFor(new URL('https://hub.example'), { https_proxy: 'socks5://proxy' })).toThrow(
      /https_proxy is no http:\/\/ or https:\/\/ address: "socks5:\/\/proxy"/,
    )
  })
})
