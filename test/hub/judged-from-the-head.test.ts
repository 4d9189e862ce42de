import { generateKeyPairSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { contentDigest, sha256Of } from '../../src/auth/content-digest.js'
import { ByteBudget } from '../../src/hub/byte-budget.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { rawRequest } from './raw-request.js'
import { sentRecord } from './records.js'

const MEBIBYTE = 1024 * 1024
const PRIVATE = '/gabriel/private/coord/push'
const BODY = JSON.stringify({ records: [sentRecord('head')] })
const PIECE = Buffer.alloc(64 * 1024, ' ')
const JSON_TYPE = 'Content-Type: application/json\r\n'

let hub: StartedHub
let people: Readonly<Record<'gabriel' | 'writer' | 'reader' | 'outsider', Signer>>
const sockets: Socket[] = []

beforeAll(async () => {
  hub = await startHub()
  const gabriel = await hub.register('gabriel')
  people = {
    gabriel,
    writer: await hub.register('writer'),
    reader: await hub.register('reader'),
    outsider: await hub.register('outsider'),
  }
  for (const slug of ['private', 'public']) {
    expect((await gabriel.fetch(`/gabriel/${slug}/coord/push`, { method: 'POST', body: { records: [] } })).status).toBe(
      200,
    )
    for (const [handle, role] of [
      ['writer', 'write'],
      ['reader', 'read'],
    ]) {
      const path = `/api/repos/gabriel/${slug}/members/${handle}`
      expect((await gabriel.fetch(path, { method: 'PUT', body: { role } })).status).toBe(200)
    }
  }
  const opened = { method: 'PUT', body: { visibility: 'public' } }
  expect((await gabriel.fetch('/api/repos/gabriel/public', opened)).status).toBe(200)
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})
afterAll(() => hub.close())

/** The head of a push that is signed over a body, and names its hash. */
function head(signer: Signer, path: string, { length = BODY.length, more = '' } = {}) {
  const authorization = signer.authorize(path, { method: 'POST', body: BODY })
  const digest = `Content-Digest: ${contentDigest(sha256Of(BODY))}\r\n`
  return `POST ${path} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: ${authorization}\r\n${digest}${JSON_TYPE}${more}Content-Length: ${length}\r\n\r\n`
}

/** A connection, and what came over it. */
function open() {
  const socket = connect({ port: Number(new URL(hub.url).port), host: '127.0.0.1' })
  sockets.push(socket)
  const seen = { text: '' }
  const waiting = new Set<() => void>()
  socket.on('error', () => {})
  socket.on('data', (data) => {
    seen.text += data
    for (const look of waiting) look()
  })
  /** Resolves once that has come. */
  const comes = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => seen.text.includes(text) && resolve()
      waiting.add(look)
      look()
    })
  return { socket, seen, comes }
}

describe('a request whose head names the hash of its body', () => {
  it.each([
    ['an outsider to a private space', 'outsider', PRIVATE, 404],
    ['an outsider to a space that is not there', 'outsider', '/gabriel/none/coord/push', 404],
    ['an outsider to a public space', 'outsider', '/gabriel/public/coord/push', 403],
    ['a reader', 'reader', PRIVATE, 403],
  ] as const)('is refused before a byte of the body was sent: %s', async (_, who, path, status) => {
    const answer = await rawRequest(hub.url, head(people[who], path, { length: 16 * MEBIBYTE }))
    expect(answer.status).toBe(status)
    expect(answer.headers.get('connection')).toBe('close')
  })

  it('tells an outsider the same of a private space and of none', async () => {
    const [there, missing] = await Promise.all(
      ['private', 'none'].map((slug) => rawRequest(hub.url, head(people.outsider, `/gabriel/${slug}/coord/push`))),
    )
    expect(there?.body.replaceAll('private', 'none')).toBe(missing?.body)
  })

  it('is refused before a byte of the body was sent: a wrong key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const impostor = createSigner(hub.url, hub.clock, people.writer.identity, privateKey)
    expect(await rawRequest(hub.url, head(impostor, PRIVATE))).toMatchObject({ status: 401 })
  })

  it.each(['writer', 'gabriel'] as const)('is taken of who may, once the body is there: %s', async (who) => {
    const { socket, seen, comes } = open()
    socket.write(head(people[who], PRIVATE))
    // What is asked for later is answered, so the head has been judged.
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    expect(seen.text).toBe('')
    socket.write(BODY)
    await comes('"epoch"')
    expect(seen.text).toMatch(/^HTTP\/1\.1 200 /)
  })

  it.each([
    ['private', 404],
    ['public', 403],
  ])('writes nothing of who was removed when the body is there, in a space that is %s', async (slug, status) => {
    const guest = await hub.register(`guest-${slug}`)
    const member = `/api/repos/gabriel/${slug}/members/${guest.handle}`
    expect((await people.gabriel.fetch(member, { method: 'PUT', body: { role: 'write' } })).status).toBe(200)
    const path = `/gabriel/${slug}/coord/push`
    const { socket, seen, comes } = open()
    socket.write(head(guest, path))
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    expect((await people.gabriel.fetch(member, { method: 'DELETE' })).ok).toBe(true)
    const before = await (await people.gabriel.fetch(path.replace('push', 'pull'))).text()
    socket.write(BODY)
    await comes('\r\n\r\n')
    expect(seen.text).toContain(`HTTP/1.1 ${status} `)
    const after = await (await people.gabriel.fetch(path.replace('push', 'pull'))).text()
    expect(JSON.parse(after).cursor).toBe(JSON.parse(before).cursor)
  })

  it('is refused when another body comes', async () => {
    const other = BODY.replace('head', 'daeh')
    const answer = await rawRequest(
      hub.url,
      `${head(people.writer, PRIVATE, { more: 'Connection: close\r\n' })}${other}`,
    )
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Content-Digest is of another body') })
  })

  it.each([
    ['sha-256=:abc:', 400],
    ['sha-256=abc', 400],
    [`${contentDigest(sha256Of(BODY))}, ${contentDigest(sha256Of(BODY))}`, 400],
    [`sha-512=:AAAA:, ${contentDigest(sha256Of(BODY))}`, 200],
    ['sha-512=:AAAA:', 200],
  ])('may name others beside it, and none that is no hash: %s', async (digest, status) => {
    const answer = await people.writer.fetch(PRIVATE, {
      method: 'POST',
      body: BODY,
      headers: { 'content-digest': digest },
    })
    expect(answer.status).toBe(status)
  })

  it('is asked for its body only then', async () => {
    const more = 'Expect: 100-continue\r\n'
    const refused = await rawRequest(hub.url, head(people.outsider, PRIVATE, { more }))
    expect(refused.status).toBe(404)
    const { socket, seen, comes } = open()
    socket.write(head(people.writer, PRIVATE, { more }))
    await comes('100 Continue')
    socket.write(BODY)
    await comes('"epoch"')
    expect(seen.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  })
})

describe('who still sends a body when the answer is there', () => {
  it('reads why it was refused, and is cut when it goes on', async () => {
    const { socket, seen } = open()
    const length = 16 * MEBIBYTE
    let sent = 0
    const send = (): void => {
      if (socket.destroyed || sent >= length) return
      sent += PIECE.length
      socket.write(PIECE, () => setImmediate(send))
    }
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(head(people.outsider, PRIVATE, { length }))
    send()
    await closed
    expect(seen.text).toMatch(/^HTTP\/1\.1 404 /)
    expect(seen.text).toContain('There is no space gabriel/private')
  })
})

describe('a budget', () => {
  const budget = () => new ByteBudget(100, 100)
  const who = (handle: string, isClaim: boolean) => ({ address: '127.0.0.1', handle, isClaim })

  it('lets go of who only claims a handle for who has proved one, however fast that is', () => {
    const bytes = budget()
    const cut: string[] = []
    const open = (name: string, isClaim: boolean) => bytes.open(who(name, isClaim), () => cut.push(name))
    open('claims', true).hold(50)
    const proves = open('proves', false)
    proves.hold(40)
    expect(cut).toEqual([])
    open('other', false).hold(40)
    expect(cut).toEqual(['claims'])
    expect(() => open('late', true).hold(40)).toThrow(/keeps as much for others/)
    expect(cut).toEqual(['claims'])
  })

  it('counts who claims a handle apart from who has it', () => {
    const bytes = budget()
    const cut: string[] = []
    bytes.open(who('ada', true), () => cut.push('claim')).hold(50)
    bytes.open(who('ada', false), () => cut.push('ada')).hold(50)
    expect(cut).toEqual([])
  })
})
