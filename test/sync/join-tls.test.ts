import { X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { pinOf, writePins } from '../../src/auth/pins.js'
import { systemClock } from '../../src/base/clock.js'
import { type OwnCertificate, ownCertificate } from '../../src/hub/own-certificate.js'
import { createHttpFetch } from '../../src/hub-client/http-fetch.js'
import { cleanUp } from '../support/clean-up.js'
import { startForwardProxy } from '../support/forward-proxy.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Another machine: an empty home, and a directory that nobody has made a store in. */
function otherMachine() {
  const place = temporaryDirectory()
  const [home, root] = [path.join(place, 'home'), path.join(place, 'repo')]
  for (const directory of [home, root]) fs.mkdirSync(directory)
  return { root, env: { HOME: home, PATH: process.env.PATH ?? '' } }
}

const certificateIn = (directory: string, names: string[] = [], clock = systemClock) =>
  ownCertificate(directory, { names, clock })

/** A hub with a certificate of its own, and the machine of its owner, which has pinned it. */
async function owned() {
  const own = await certificateIn(temporaryDirectory())
  const hub = await startHub({ tls: own })
  cleanUp(hub.close)
  const owner = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  writePins(owner.env, [new URL(hub.url).host], own.pin)
  const invited = async () => {
    const { line } = documentOf(await runCli(owner, ['space', 'invite', '--json'])) as { line: string }
    return line.replace(/^muse-coord join /, '')
  }
  return { hub, own, owner, invited }
}

/** A server that shows a certificate, and counts what reaches it. */
async function impostor({ certFile, keyFile }: OwnCertificate) {
  const seen: string[] = []
  const server = createServer(
    { cert: fs.readFileSync(certFile), key: fs.readFileSync(keyFile) },
    (request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end('{}')
    },
  )
  let bytes = 0
  server.on('secureConnection', (socket) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve(undefined)))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, url: `https://${host}`, seen, bytes: () => bytes }
}

const joined = async (place: ReturnType<typeof otherMachine>, line: string, ...flags: string[]) => {
  const ended = await runCli(place, ['join', line, ...flags, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

describe('joining a hub that has made its certificate itself', () => {
  it('takes the line alone: it brings the fingerprint, which is pinned and checked from then on', async () => {
    const { hub, own, owner, invited } = await owned()
    owner.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1', title: 'First' } })
    await owner.push()
    const line = await invited()
    expect(line).toBe(`${hub.url}/gabriel/muse#${line.slice(line.indexOf('#') + 1, -44)}.${own.pin}`)
    const ada = otherMachine()
    expect(await joined(ada, line, '--handle', 'ada')).toMatchObject({ exitCode: 0, role: 'write', pulled: 1 })
    expect(pinOf(ada.env, { host: new URL(hub.url).host })).toBe(own.pin)
    expect(fs.statSync(path.join(ada.env.HOME, '.muse/pins.toml')).mode & 0o077).toBe(0)
    const claimed = await runCli(ada, ['claim', 't1', '--run-id', 'a1', '--json'])
    expect(documentOf(claimed)).toMatchObject({ task_id: 't1', token: 1 })
  })

  it('without the fingerprint is judged by the authorities, which know nothing of it', async () => {
    const { invited } = await owned()
    const line = (await invited()).replace(/\.[^.]*$/, '')
    const told = await joined(otherMachine(), line, '--handle', 'ada')
    expect(told).toMatchObject({ exitCode: 1, error: expect.stringMatching(/cannot be reached: self-signed/) })
  })

  it('is refused where the line names another certificate, and leaves what was pinned before', async () => {
    const { hub, own, invited } = await owned()
    const host = new URL(hub.url).host
    const line = (await invited()).replace(/\.[^.]*$/, `.${'A'.repeat(43)}`)
    const [ada, bea] = [otherMachine(), otherMachine()]
    writePins(bea.env, [host], own.pin)
    for (const place of [ada, bea]) {
      expect(await joined(place, line, '--handle', 'ada')).toMatchObject({
        ...{ exitCode: 1, status: 'hub_error', error: expect.stringContaining('shows another certificate') },
        hint: expect.stringContaining('`muse-coord space invite`'),
      })
    }
    expect([pinOf(ada.env, { host }), pinOf(bea.env, { host })]).toEqual([null, own.pin])
    expect(fs.existsSync(path.join(ada.root, '.muse'))).toBe(false)
  })

  it.each([
    ['https://127.0.0.1:1/a/b#0123456789abcdef0123.short', 'no fingerprint'],
    [`http://127.0.0.1:1/a/b#0123456789abcdef0123.${'A'.repeat(43)}`, 'no fingerprint'],
    [`https://127.0.0.1:1/a/b#0123456789abcdef0123.${'A'.repeat(43)}.x`, 'no code'],
  ])('refuses %j', async (line, sentence) => {
    const other = otherMachine()
    expect(await joined(other, line)).toMatchObject({ exitCode: 1, error: expect.stringContaining(sentence) })
    expect(fs.readdirSync(other.env.HOME)).toEqual([])
  })
})

describe('a pinned hub whose key has changed', () => {
  const twoCertificates = () => Promise.all([certificateIn(temporaryDirectory()), certificateIn(temporaryDirectory())])

  it('gets no signature, and not one byte of a request', async () => {
    const [own, other] = await twoCertificates()
    const server = await impostor(other)
    const machine = await createMachine({ hub: server.url })
    writePins(machine.env, [server.host], own.pin)
    await expect(machine.pull()).rejects.toMatchObject({
      code: 'HUB_CERTIFICATE',
      message: expect.stringMatching(`${other.pin} instead of ${own.pin}`),
    })
    expect([server.seen, server.bytes()]).toEqual([[], 0])
    // The same request arrives where the key is the one that is known.
    writePins(machine.env, [server.host], other.pin)
    await machine.pull().catch(() => {})
    expect(server.seen).toEqual([expect.stringMatching(/^GET .*\/coord\/pull/)])
  })

  it('gets nothing through a proxy either', async () => {
    const [own, other] = await twoCertificates()
    const [server, proxy] = [await impostor(other), await startForwardProxy()]
    const env = { HOME: temporaryDirectory(), https_proxy: proxy.url }
    const target = server.url.replace('127.0.0.1', 'hub.test')
    const ask = () =>
      createHttpFetch({ env })(target, {
        ...{ method: 'GET', headers: {}, signal: AbortSignal.timeout(20_000), redirect: 'manual' },
      })
    writePins(env, [new URL(target).host], own.pin)
    await expect(ask()).rejects.toMatchObject({ code: 'HUB_CERTIFICATE' })
    expect([server.seen, server.bytes()]).toEqual([[], 0])
    writePins(env, [new URL(target).host], other.pin)
    expect((await ask()).status).toBe(200)
  })

  it('is held to its pin even where authorities vouch for the new one, and no other host is', async () => {
    const [own, other] = await twoCertificates()
    const server = await impostor(other)
    const env = { HOME: temporaryDirectory() }
    writePins(env, [server.host, 'elsewhere.test'], own.pin)
    const fetch = createHttpFetch({ env, tls: { ca: fs.readFileSync(other.certFile) } })
    const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(20_000), redirect: 'manual' } as const
    await expect(fetch(server.url, init)).rejects.toMatchObject({ code: 'HUB_CERTIFICATE' })
    writePins(env, [server.host], null)
    expect((await fetch(server.url, init)).status).toBe(200)
  })

  it('is not asked where the file of pins cannot be read', async () => {
    const own = await certificateIn(temporaryDirectory())
    const server = await impostor(own)
    const machine = await createMachine({ hub: server.url })
    writePins(machine.env, [server.host], own.pin)
    fs.writeFileSync(path.join(machine.env.HOME as string, '.muse/pins.toml'), `["${server.host}"]\ncertificate = 5\n`)
    await expect(machine.pull()).rejects.toMatchObject({ code: 'PINS_INVALID' })
    expect(server.seen).toEqual([])
  })
})

describe('the certificate that a hub makes for itself', () => {
  const namesOf = ({ certFile }: OwnCertificate) => new X509Certificate(fs.readFileSync(certFile)).subjectAltName ?? ''

  it('is for this machine and what was named, is kept, and its key is private', async () => {
    const directory = path.join(temporaryDirectory(), 'hub')
    const made = await certificateIn(directory, ['hub.test', '[2001:db8::1]'])
    const text = fs.readFileSync(made.certFile, 'utf8')
    for (const name of ['DNS:localhost', 'IP Address:127.0.0.1', 'DNS:hub.test']) expect(namesOf(made)).toContain(name)
    expect(made.names).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '[::1]', '[2001:db8::1]', 'hub.test']))
    expect(fs.statSync(made.keyFile).mode & 0o777).toBe(0o600)
    expect(fs.statSync(directory).mode & 0o077).toBe(0)
    expect(await certificateIn(directory, ['hub.test'])).toMatchObject({ pin: made.pin })
    expect(fs.readFileSync(made.certFile, 'utf8')).toBe(text)
  })

  it('is made anew before it ends and for a further name, by the same key', async () => {
    const directory = temporaryDirectory()
    const made = await certificateIn(directory)
    const endOf = () => Date.parse(new X509Certificate(fs.readFileSync(made.certFile)).validTo)
    const [day, firstEnd] = [24 * 3600 * 1000, endOf()]
    const late = { ...systemClock, now: () => firstEnd - 30 * day }
    expect((await certificateIn(directory, [], late)).pin).toBe(made.pin)
    expect(endOf()).toBeGreaterThan(firstEnd + 365 * day)
    const named = await certificateIn(directory, ['further.test'], late)
    expect(named.pin).toBe(made.pin)
    expect(namesOf(named)).toContain('further.test')
  })

  it('does not replace a key that cannot be read', async () => {
    const directory = temporaryDirectory()
    const { keyFile } = await certificateIn(directory)
    fs.writeFileSync(keyFile, 'no key')
    await expect(certificateIn(directory)).rejects.toMatchObject({ code: 'OWN_CERTIFICATE' })
    expect(fs.readFileSync(keyFile, 'utf8')).toBe('no key')
  })
})

describe('hub serve --tls self', () => {
  it('pins its certificate for this machine, under each of its addresses', async () => {
    const place = otherMachine()
    const stopping = new AbortController()
    const serving = runCli(place, ['hub', 'serve', '--host', '0.0.0.0', '--port', '0', '--tls', 'self', '--json'], {
      signal: stopping.signal,
    })
    const pins = path.join(place.env.HOME, '.muse/pins.toml')
    let hasEnded = false
    void serving.finally(() => {
      hasEnded = true
    })
    while (!hasEnded && !fs.existsSync(pins)) await new Promise((resolve) => setTimeout(resolve, 20))
    const host = /\["(localhost:\d+)"\]/.exec(fs.readFileSync(pins, 'utf8'))?.[1] as string
    const answer = await createHttpFetch({ env: place.env })(`https://${host}/healthz`, {
      ...{ method: 'GET', headers: {}, signal: AbortSignal.timeout(20_000), redirect: 'manual' },
    })
    expect(answer.status).toBe(200)
    stopping.abort()
    const ended = await serving
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    const { fingerprint, reached_as, registration } = documentOf(ended)
    expect([fingerprint, registration]).toEqual([pinOf(place.env, { host }), 'closed'])
    expect(reached_as).toContain(`https://${host}`)
  })

  it('shows one certificate at all hubs that are given one directory for it, whatever their store', async () => {
    const place = otherMachine()
    const keys = path.join(temporaryDirectory(), 'made/keys')
    const served = async (name: string) => {
      const stopping = new AbortController()
      const store = ['--store', path.join(place.root, name), '--tls-dir', keys]
      const serving = runCli(place, ['hub', 'serve', '--port', '0', '--tls', 'self', ...store, '--json'], {
        signal: stopping.signal,
      })
      // Nothing is under way, so the hub ends once it listens.
      stopping.abort()
      return documentOf(await serving).fingerprint
    }
    const [one, other] = [await served('one'), await served('other')]
    expect(one).toMatch(/^[\w-]{43}$/)
    expect(other).toBe(one)
    expect(fs.readdirSync(keys).sort()).toEqual(['certificate.pem', 'key.pem'])
    expect(fs.readdirSync(path.join(place.root, 'one'))).not.toContain('tls')
  })

  it.each([
    [['--tls', 'other'], '--tls must be one of self'],
    [['--tls', 'self', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'], 'exclude each other'],
    [['--tls', 'self', '--store', 'postgres://x'], 'name a directory with --tls-dir'],
    [['--tls-dir', 'keys'], '--tls self'],
  ])('refuses %j', async (flags, sentence) => {
    const place = otherMachine()
    expect(await runCli(place, ['hub', 'serve', ...flags])).toMatchObject({
      ...{ exitCode: 1, stdout: '', stderr: expect.stringContaining(sentence) },
    })
    expect(fs.readdirSync(place.root)).toEqual([])
  })
})
