import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { contentDigest, sha256Of } from '../../../src/auth/content-digest.js'
import type { Signer } from '../../support/start-hub.js'

/** One way to harm a hub over one connection, told as what is done with a connection once it stands. */
export type Attack = (socket: Socket, attacker: Signer) => Promise<void> | void

/** A space that everybody may read, larger than what two sockets buffer. */
export const LARGE_SPACE = 'crowd/large'

const MEBIBYTE = 1024 * 1024

/** Every way, by name. Each is used from an address of its own. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'say nothing': () => {},
  'send heads byte by byte': async (socket, attacker) => {
    for (const byte of head(attacker, 'GET', '/healthz')) {
      if (socket.destroyed) return
      socket.write(byte)
      await sleep(1000)
    }
  },
  'stop in the middle of a body': (socket, attacker) => {
    socket.write(head(attacker, 'POST', `/${attacker.handle}/a/coord/push`, 16 * MEBIBYTE))
    socket.write(BLANKS)
  },
  'send a body to what is another’s': async (socket, attacker) => {
    const path = '/writer0/own/coord/push'
    const named = `Content-Digest: ${contentDigest(sha256Of('another'))}\r\n`
    socket.write(head(attacker, 'POST', path, 16 * MEBIBYTE).replace(/\r\n$/, `${named}\r\n`))
    while (!socket.destroyed) {
      socket.write(BLANKS.subarray(0, 64 * 1024))
      await sleep(100)
    }
  },
  'send bodies byte by byte': async (socket, attacker) => {
    socket.write(head(attacker, 'POST', `/${attacker.handle}/a/coord/push`, 16 * MEBIBYTE))
    socket.write(BLANKS.subarray(0, 64 * 1024))
    while (!socket.destroyed) {
      socket.write(' ')
      await sleep(500)
    }
  },
  'ask for pages and take nothing': (socket, attacker) => {
    socket.pause()
    socket.write(head(attacker, 'GET', `/${LARGE_SPACE}/coord/pull?limit=1000`).repeat(PAGES))
  },
  'ask for thousands of pages at once': (socket, attacker) => {
    socket.pause()
    socket.write(head(attacker, 'GET', `/${LARGE_SPACE}/coord/pull?limit=1000`).repeat(THOUSANDS))
  },
  'send bodies in the smallest chunks': (socket) => {
    socket.write(
      'POST /api/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    socket.write(SMALLEST_CHUNKS)
  },
  'ask for much behind a stream': (socket) => {
    socket.pause()
    socket.write(`GET /${LARGE_SPACE}/coord/watch HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(60))
  },
  'watch and take nothing': (socket) => {
    socket.pause()
    socket.write(`GET /${LARGE_SPACE}/coord/watch HTTP/1.1\r\nHost: x\r\n\r\n`)
  },
  'send what unpacks a thousandfold': (socket, attacker) => sendAgain(socket, attacker, BOMB, 'gzip'),
  'send what is costly to parse': (socket, attacker) => sendAgain(socket, attacker, COSTLY),
  'fill the store': (socket, attacker) => sendAgain(socket, attacker, freshRecord),
  'sign with a wrong key': async (socket, attacker) => {
    const path = `/${attacker.handle}/a/coord/pull`
    while (!socket.destroyed) {
      const authorization = attacker.authorize(`${path}?since_id=1`)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostOf(attacker)}\r\nAuthorization: ${authorization}\r\n\r\n`)
      await sleep(500)
    }
  },
}

/** More than two sockets buffer, asked for one behind the other. */
const PAGES = 24

/** Each is some hundred bytes to send, and a request with all that belongs to it to keep. */
const THOUSANDS = 5_000

/** Of the most that a body may have that is no push: each is a buffer of its own when it arrives. */
const SMALLEST_CHUNKS = Buffer.from('1\r\n \r\n'.repeat(60_000))

const BLANKS = Buffer.alloc(MEBIBYTE, ' ')

/** 15 KiB of 15 MiB. */
const BOMB = gzipSync(`{"records":[${'{},'.repeat(5_000_000)}{}]}`)

const COSTLY = Buffer.from(
  `{"records":[${Array.from(
    { length: 8 },
    (_, n) => `{"kind":"task","record_id":"t${n}","run_id":"r","payload":{"a":[${'{},'.repeat(80_000)}0]}}`,
  ).join(',')}]}`,
)

let records = 0

/** One that nobody has yet, nearly as large as a record may be. */
function freshRecord(): Buffer {
  const payload = { text: 'y'.repeat(240_000) }
  const record = { kind: 'note', record_id: `fresh${records++}`, run_id: 'r', payload, expires_at: null }
  return Buffer.from(JSON.stringify({ records: [record] }))
}

async function sendAgain(
  socket: Socket,
  attacker: Signer,
  given: Buffer | (() => Buffer),
  encoding?: string,
): Promise<void> {
  const path = `/${attacker.handle}/a/coord/push`
  while (!socket.destroyed) {
    const body = Buffer.isBuffer(given) ? given : given()
    const authorization = attacker.authorize(path, { method: 'POST', body })
    const type = `Content-Type: application/json\r\n${encoding === undefined ? '' : `Content-Encoding: ${encoding}\r\n`}`
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${hostOf(attacker)}\r\nAuthorization: ${authorization}\r\n${type}Content-Length: ${body.length}\r\n\r\n`,
    )
    socket.write(body)
    await sleep(10_000)
  }
}

/** The head of a request with a signature that was made for another body. */
function head(attacker: Signer, method: string, path: string, length?: number): string {
  const body = length === undefined ? undefined : 'another'
  const authorization = attacker.authorize(path, { method, ...(body !== undefined && { body }) })
  const announced = length === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${length}\r\n`
  return `${method} ${path} HTTP/1.1\r\nHost: ${hostOf(attacker)}\r\nAuthorization: ${authorization}\r\n${announced}\r\n`
}

function hostOf({ url }: Signer): string {
  return new URL(url).host
}

/** What became of an attack: connections that stood, how many stand now, answers by status. */
export interface Toll {
  opened: number
  open: number
  readonly answers: Record<string, number>
}

/** Keeps so many connections at an attack, opened again a second after they end, until the process ends. */
export function keepAttacking(attack: Attack, attacker: Signer, connections: number, localAddress: string): Toll {
  const { hostname, port } = new URL(attacker.url)
  const toll: Toll = { opened: 0, open: 0, answers: {} }
  const begin = (): void => {
    const socket = connect({ host: hostname, port: Number(port), localAddress })
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1', 0, 16)) ?? []
      if (status !== undefined) toll.answers[status] = (toll.answers[status] ?? 0) + 1
    })
    socket.on('connect', () => {
      toll.opened++
      toll.open++
      socket.on('close', () => toll.open--)
      void attack(socket, attacker)
    })
    socket.on('close', () => setTimeout(begin, 1000))
  }
  // Not all in one instant: the hub is to be kept busy, not its queue of connections to be filled.
  for (let n = 0; n < connections; n++) setTimeout(begin, (n * 5000) / connections)
  return toll
}
