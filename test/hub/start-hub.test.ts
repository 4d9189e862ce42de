import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { certificateNames } from '../../src/hub/certificate-names.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { type HubSettings, type RunningHub, startHub } from '../../src/hub.js'
import { rawRequest } from './raw-request.js'

const tlsFile = (name: string): string => join(import.meta.dirname, '../fixtures/tls', name)
const TLS = { certFile: tlsFile('cert.pem'), keyFile: tlsFile('key.pem') }

describe('a hub that a program starts', () => {
  let directory: string
  let hub: RunningHub | undefined

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'muse-serve-'))
  })
  afterEach(async () => {
    await hub?.stop()
    hub = undefined
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  async function start(change: Partial<HubSettings> = {}): Promise<RunningHub> {
    hub = await startHub({ store: join(directory, 'hub'), ...change })
    return hub
  }

  it('takes a free port and says where it listens', async () => {
    const { url, publicUrl, registration } = await start()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect({ publicUrl, registration }).toEqual({ publicUrl: null, registration: 'open' })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('keeps everything for the next time it is started', async () => {
    const epochs: string[] = []
    for (let round = 0; round < 2; round++) {
      await (await start()).stop()
      const store = await openStore(join(directory, 'hub'))
      epochs.push(store.epoch)
      await store.close()
    }
    expect(epochs[0]).toBe(epochs[1])
  })

  it('takes no more requests from the moment it is stopped, also while it sweeps, and sweeps no further space', async () => {
    const store = await openStore(join(directory, 'swept'))
    for (const slug of ['a', 'b']) await store.createSpace('ada', slug)
    const swept: string[] = []
    const steps = new EventEmitter()
    const begun = once(steps, 'begun')
    const mayEnd = once(steps, 'may end')
    const slow = new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== 'sweep') return typeof value === 'function' ? value.bind(target) : value
        return async (...given: Parameters<Store['sweep'] & {}>) => {
          swept.push(given[0].slug)
          steps.emit('begun')
          await mayEnd
          return target.sweep?.(...given)
        }
      },
    })
    const { setInterval } = globalThis
    let sweep: () => void = () => undefined
    globalThis.setInterval = ((work: () => void, milliseconds: number) => {
      if (milliseconds === 3_600_000) sweep = work
      return setInterval(work, milliseconds)
    }) as typeof setInterval
    const { url } = await start({ store: slow }).finally(() => {
      globalThis.setInterval = setInterval
    })
    sweep()
    await begun
    const stopping = hub?.stop()
    const answers = async (): Promise<boolean> => (await fetch(url).catch(() => null)) !== null
    for (let turns = 0; turns < 200 && (await answers()); turns++) await sleep(5)
    expect(await answers()).toBe(false)
    steps.emit('may end')
    await stopping
    expect(swept).toEqual(['a'])
    await store.close()
  })

  it.each(['0.0.0.0', '::', '192.0.2.1', 'hub.example.com', '128.0.0.1', '127.evil.example'])(
    'refuses to listen on %s in the clear',
    async (host) => {
      await expect(start({ host })).rejects.toMatchObject({ code: 'BIND_REFUSED', exitCode: 1 })
      await expect(start({ host, publicUrl: 'http://hub.example.com' })).rejects.toMatchObject({ code: 'BIND_REFUSED' })
    },
  )

  it.each(['localhost', '127.0.0.2', '::1'])('listens on %s, which is this machine', async (host) => {
    expect((await fetch(`${(await start({ host })).url}/healthz`)).status).toBe(200)
  })

  it('listens everywhere behind a proxy that does TLS', async () => {
    const { publicUrl } = await start({ host: '0.0.0.0', publicUrl: 'https://hub.example.com' })
    expect(publicUrl).toBe('https://hub.example.com')
  })

  it.each(['hub.example.com', 'ftp://hub.example.com', 'https://user:secret@hub.example.com', 'https://x?y'])(
    'refuses the public URL %s',
    async (publicUrl) => {
      await expect(start({ publicUrl })).rejects.toMatchObject({ code: 'HUB_URL_INVALID' })
    },
  )

  it('says so when the port is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await expect(start({ port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
    other.close()
  })

  it('speaks TLS, and takes signatures for the names in its certificate', async () => {
    const { url } = await start({ host: '0.0.0.0', tls: TLS })
    expect(url).toMatch(/^https:/)
    const { port } = new URL(url)
    const ca = readFileSync(TLS.certFile)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', servername: 'hub.test', port, path: '/healthz', ca }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
    expect(certificateNames(ca.toString())).toEqual(['localhost', 'hub.test', '127.0.0.1', '[::1]'])
  })

  it.each([
    ['a certificate that is not there', { certFile: '/nowhere/cert.pem', keyFile: TLS.keyFile }],
    ['two files that do not belong together', { certFile: TLS.certFile, keyFile: TLS.certFile }],
  ])('says so about %s', async (_, tls) => {
    await expect(start({ tls })).rejects.toMatchObject({ code: 'TLS_FAILED' })
  })

  it('says so when the store cannot be opened', async () => {
    const file = join(directory, 'a-file')
    writeFileSync(file, '')
    await expect(start({ store: file })).rejects.toMatchObject({ status: 'unavailable' })
  })

  it('answers what is under way before it ends, and is not ready meanwhile', async () => {
    const { url, stop } = await start()
    const body = JSON.stringify({ fingerprint: `sha256:${'a'.repeat(64)}`, algorithm: 'ed25519' })
    const head = `POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const answer = new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('close', () => resolve(text))
    })
    socket.write(head + body.slice(0, 10))
    await sleep(50)
    const stopping = stop()
    await sleep(50)
    socket.write(body.slice(10))
    expect(await answer).toMatch(/^HTTP\/1\.1 200 .*nonce_hex/s)
    await stopping
    await expect(rawRequest(url, 'GET /healthz HTTP/1.1\r\n\r\n')).rejects.toThrow('ECONNREFUSED')
  })

  it('leaves a store open that was handed in, and stops once however often it is told', async () => {
    const store = await openStore(join(directory, 'own'))
    const { url, stop } = await start({ store })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await Promise.all([stop(), stop()])
    await store.ping()
    await store.close()
  })

  it('is not kept up by connections that say nothing', async () => {
    // Ten minutes, for a request under way and for one that does not come: who waited for either would fail by the test's time.
    const { url, stop } = await start({ limits: { drainSeconds: 600, requestSeconds: 600 } })
    const { hostname, port } = new URL(url)
    const sockets = [connect(Number(port), hostname), connect(Number(port), hostname)]
    sockets[1]?.write('GET /healthz HT')
    await fetch(`${url}/healthz`)
    await stop()
    for (const socket of sockets) socket.destroy()
  })
})
