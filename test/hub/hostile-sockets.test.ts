import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Signer, type StartedHub, type StartOptions, startHub } from '../support/start-hub.js'
import { sentRecord } from './records.js'

const PUSH = '/gabriel/a/coord/push'
const MEBIBYTE = 1024 * 1024
const TLS = new URL('../fixtures/tls', import.meta.url).pathname

let hub: StartedHub
let gabriel: Signer
const sockets: Socket[] = []

async function start(limits: StartOptions['limits'] = {}, tls?: StartOptions['tls']): Promise<void> {
  hub = await startHub({ limits, ...(tls && { tls }) })
  gabriel = await hub.register('gabriel')
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await hub.close()
})

/** A connection, and what came over it. */
function open(localAddress = '127.0.0.1') {
  const socket = connect({ port: Number(new URL(hub.url).port), host: '127.0.0.1', localAddress })
  sockets.push(socket)
  const seen = { text: '', isClosed: false }
  socket.on('data', (data) => {
    seen.text += data
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    seen.isClosed = true
  })
  return { socket, seen }
}

/** Announces a push of 2 MiB that nobody can have signed, sends some of it, and no more. */
function stall(bytes: number, localAddress?: string) {
  const { socket, seen } = open(localAddress)
  const authorization = gabriel.authorize(PUSH, { method: 'POST', body: 'another' })
  socket.write(
    `POST ${PUSH} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: ${authorization}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${2 * MEBIBYTE}\r\n\r\n`,
  )
  socket.write(Buffer.alloc(bytes, ' '))
  return seen
}

async function push(bytes: number): Promise<number> {
  const payload = { text: 'x'.repeat(Math.min(bytes, 200_000)) }
  const records = Array.from({ length: Math.ceil(bytes / 200_000) }, () =>
    sentRecord(`r${Math.random().toString(36).slice(2)}`, { payload }),
  )
  return (await gabriel.fetch(PUSH, { method: 'POST', body: { records } })).status
}

/** A signed push of so many bytes, as it goes over a connection. */
function postOf(bytes: number): string {
  const records = [sentRecord('behind', { payload: { text: 'x'.repeat(bytes) } })]
  const body = JSON.stringify({ records })
  return (
    `POST ${PUSH} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: ${gabriel.authorize(PUSH, { method: 'POST', body })}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  )
}

/** Puts some MiB into the space `gabriel/a`, and counts how often the store is read from then on. */
async function countReads(): Promise<() => number> {
  for (let n = 0; n < 3; n++) expect(await push(MEBIBYTE)).toBe(200)
  let reads = 0
  const since = hub.store.since.bind(hub.store)
  hub.store.since = (...question) => {
    reads++
    return since(...question)
  }
  return () => reads
}

const getPage = () => {
  const path = '/gabriel/a/coord/pull?limit=1000'
  return `GET ${path} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: ${gabriel.authorize(path)}\r\n\r\n`
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await wait(20)
}

describe('bodies that stall', () => {
  it('has one page read for a connection at a time, however many are asked for on it', async () => {
    await start()
    const reads = await countReads()
    const { socket, seen } = open()
    socket.pause()
    socket.write(getPage().repeat(60))
    await until(() => reads() > 0)
    await wait(300)
    // Two sockets buffer some MiB; sixty pages have some 40 MiB, in 180 parts.
    expect(reads()).toBeLessThan(120)
    socket.resume()
    const answers = () => [...seen.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    await until(() => seen.isClosed || answers().length === 60)
    expect(answers()).toEqual(Array(60).fill('200'))
  })

  it('has nothing read for a page that there is no room for', async () => {
    await start({ answerBytes: 1024 })
    const reads = await countReads()
    const { status } = await gabriel.fetch('/gabriel/a/coord/pull?limit=1000')
    expect([status, reads()]).toEqual([429, 0])
  })

  it('fill no more than their address may have, and hold up neither a small push nor, a second later, a large one', async () => {
    await start({ bodyBytes: 6 * MEBIBYTE, bodyBytesPerAddress: 4 * MEBIBYTE })
    const first = [stall(MEBIBYTE), stall(MEBIBYTE / 2)]
    await wait(300)
    const late = stall(MEBIBYTE)
    await until(() => late.isClosed)
    expect(late.text).toMatch(/^HTTP\/1.1 429 .*Retry-After: 1.*keeps as much/is)
    expect(await push(10)).toBe(200)
    await wait(1000)
    expect(await push(MEBIBYTE)).toBe(200)
    await until(() => first.every(({ isClosed }) => isClosed))
    expect(first[1]?.text).toMatch(/^HTTP\/1.1 429 /)
  })

  it('are cut when nothing comes any more', async () => {
    await start({ stillSeconds: 1 })
    const stalled = stall(10)
    await until(() => stalled.isClosed)
    expect(await push(10)).toBe(200)
  })
})

const PAGES = 16

/** Asks for more of gabriel's space than sockets buffer, one page behind the other, and takes nothing of it. */
function askAndTakeNothing(localAddress?: string) {
  const { socket, seen } = open(localAddress)
  socket.pause()
  const path = '/gabriel/a/coord/pull?limit=1000'
  const { host } = new URL(hub.url)
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${gabriel.authorize(path)}\r\n\r\n`.repeat(PAGES),
  )
  return { socket, seen }
}

describe('pages that nobody takes', () => {
  it('wait within a bound, and are let go for readers who take theirs', async () => {
    await start({ answerBytes: 2 * MEBIBYTE, answerBytesPerAddress: 2 * MEBIBYTE })
    for (let n = 0; n < 2; n++) expect(await push(6 * MEBIBYTE)).toBe(200)
    const before = process.memoryUsage()
    const greedy = Array.from({ length: 40 }, () => askAndTakeNothing())
    await wait(1500)
    const after = process.memoryUsage()
    expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(20 * MEBIBYTE)
    // The greedy ones are let go once they have stood still for a second. On a busy machine so may be who reads slowly, and asks again as
    // clients do.
    const ask = async (): Promise<unknown> => {
      const answer = await gabriel.fetch('/gabriel/a/coord/pull?limit=1000')
      return answer.status === 429 ? null : answer.json()
    }
    let page: unknown = null
    while (page === null) {
      page = await ask().catch(() => null)
      if (page === null) await wait(200)
    }
    expect(page).toMatchObject({ cursor: expect.any(Number), has_more: true })
    for (const { socket } of greedy) socket.resume()
    await until(() => greedy.some(({ seen }) => seen.isClosed || / 429 /.test(seen.text)))
  })
})

describe('what is asked for behind what goes on', () => {
  it('is not answered before: nobody takes it', async () => {
    await start()
    await push(10)
    const { socket, seen } = open()
    const path = '/gabriel/a/coord/watch'
    const { host } = new URL(hub.url)
    let lookedUp = 0
    const findVisitor = hub.store.findVisitor.bind(hub.store)
    hub.store.findVisitor = (...visit) => {
      lookedUp++
      return findVisitor(...visit)
    }
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${gabriel.authorize(path)}\r\n\r\n`)
    socket.write(getPage().repeat(20))
    await until(() => seen.text.includes('event: cursor'))
    await wait(200)
    // By the stream alone: when its head came, and when it was opened.
    expect(lookedUp).toBe(2)
  })
})

describe('an answer that is no page', () => {
  it('waits within the bound of all answers, too', async () => {
    await start({ answerBytes: 1024 })
    const records = Array.from({ length: 1000 }, () => ({}))
    const large = await gabriel.fetch(PUSH, { method: 'POST', body: { records } })
    expect([large.status, large.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await fetch(`${hub.url}/openapi.json`)).status).toBe(429)
    const small = await gabriel.fetch(PUSH, { method: 'POST', body: { records: records.slice(0, 10) } })
    expect(small.status).toBe(200)
  })
})

describe('connections', () => {
  it('are cut where an answer is not taken for too long', async () => {
    await start({ stillSeconds: 1 })
    for (let n = 0; n < 2; n++) expect(await push(6 * MEBIBYTE)).toBe(200)
    const { socket, seen } = askAndTakeNothing()
    await wait(2500)
    socket.resume()
    await until(() => seen.isClosed)
    expect([...seen.text.matchAll(/HTTP\/1\.1 200/g)].length).toBeLessThan(PAGES)
  })

  it('leave nothing behind when they are cut before what stands behind others was answered', async () => {
    // Room for one large body; each of these holds on to it until its answer is out.
    await start({ decodedBytes: MEBIBYTE, streams: 4, streamsPerAddress: 2, streamsPerHandle: 4 })
    await countReads()
    for (let n = 0; n < 3; n++) {
      const { socket, seen } = open()
      socket.pause()
      const watching = `GET /gabriel/a/coord/watch HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: ${gabriel.authorize('/gabriel/a/coord/watch')}\r\n\r\n`
      socket.write(getPage().repeat(40))
      socket.write(postOf(900_000))
      socket.write(watching)
      await wait(300)
      socket.destroy()
      await until(() => seen.isClosed)
    }
    expect(await push(MEBIBYTE)).toBe(200)
    const reader = new AbortController()
    const watch = await fetch(`${hub.url}/gabriel/a/coord/watch`, {
      headers: { authorization: gabriel.authorize('/gabriel/a/coord/watch') },
      signal: reader.signal,
    })
    expect(watch.status).toBe(200)
    reader.abort()
  })

  it('are cut when more is asked for on many of an address than anybody waits for', async () => {
    await start({ connectionsPerAddress: 10 })
    await countReads()
    const mine = Array.from({ length: 4 }, () => open('127.0.0.2'))
    for (const { socket } of mine) socket.write(getPage().repeat(16))
    await until(() => mine.filter(({ seen }) => seen.isClosed).length >= 2)
    expect(await push(10)).toBe(200)
  })

  it('are cut when more is asked for on one than anybody waits for, and others are answered', async () => {
    await start()
    const reads = await countReads()
    const { socket, seen } = open()
    socket.pause()
    socket.write(getPage().repeat(2000))
    socket.resume()
    await until(() => seen.isClosed)
    const answers = [...seen.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    expect(answers.length).toBeLessThan(70)
    expect(reads()).toBeLessThan(300)
    expect(await push(10)).toBe(200)
  })

  it('are cut where TLS is begun and not finished', async () => {
    await start({ requestSeconds: 1 }, { certFile: `${TLS}/cert.pem`, keyFile: `${TLS}/key.pem` })
    const { seen } = open()
    await until(() => seen.isClosed)
    expect(seen.text).toBe('')
  }, 10_000)

  it('are as many from one address as it may have', async () => {
    await start({ connectionsPerAddress: 3 })
    const mine = Array.from({ length: 5 }, () => open('127.0.0.2').seen)
    await until(() => mine.filter(({ isClosed }) => isClosed).length === 2)
    expect(await push(10)).toBe(200)
  })
})

describe('a handle', () => {
  it('that has sent a minute’s bytes waits, and others do not', async () => {
    await start({ handleBytesPerSecond: 10_000 })
    expect(await push(700_000)).toBe(200)
    const response = await gabriel.fetch(PUSH, { method: 'POST', body: { records: [] } })
    expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
    const ada = await hub.register('ada')
    expect((await ada.fetch('/ada/a/coord/push', { method: 'POST', body: { records: [] } })).status).toBe(200)
  })

  it('that has taken a minute’s bytes of pages waits, and others do not', async () => {
    await start({ takenBytesPerSecond: 10_000 })
    expect(await push(700_000)).toBe(200)
    await hub.store.setVisibility({ id: 1, owner: 'gabriel', slug: 'a', visibility: 'private' }, 'public')
    const pull = (signer: Signer) => signer.fetch('/gabriel/a/coord/pull?limit=1000')
    expect((await (await pull(gabriel)).text()).length).toBeGreaterThan(600_000)
    const refused = await pull(gabriel)
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const ada = await hub.register('ada')
    expect((await pull(ada)).status).toBe(200)
    // Who does not sign counts by address, and by that alone.
    const path = `${hub.url}/gabriel/a/coord/pull?limit=1000`
    const anonymous = await fetch(path)
    expect([anonymous.status, (await anonymous.text()).length > 600_000]).toEqual([200, true])
    expect((await fetch(path)).status).toBe(429)
  })

  it('that has sent a minute’s bytes from an address is turned away there before its next body is read', async () => {
    await start({ handleBytesPerSecond: 10_000, stillSeconds: 1 })
    const first = stall(1_000_000)
    await until(() => first.isClosed)
    const second = stall(100)
    await until(() => second.isClosed)
    expect(second.text).toMatch(/^HTTP\/1.1 429 .*Retry-After: \d+.*Too many requests from gabriel/is)
    const elsewhere = stall(100, '127.0.0.2')
    await wait(300)
    expect(elsewhere.text).toBe('')
  })
})
