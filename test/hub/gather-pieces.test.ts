import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { GatheredRequest } from '../../src/hub/gather-pieces.js'

const server = createServer({ IncomingMessage: GatheredRequest })
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

/** A connection that has sent the head of a body in chunks. */
async function sending(): Promise<Socket> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  return socket
}

describe('a body in the smallest chunks', () => {
  it('comes whole, in few pieces, also to who reads it late', async () => {
    const socket = await sending()
    const letters = Array.from({ length: 4_000 }, (_, n) => String.fromCharCode(97 + (n % 26)))
    socket.write(`${letters.map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`)
    const [request] = await once(server, 'request')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe(letters.join(''))
    expect(pieces.length).toBeLessThan(200)
  })

  it('is cut off where it goes on for long', async () => {
    const socket = await sending()
    socket.on('error', () => {})
    server.once('request', (request) => request.resume())
    socket.write('1\r\na\r\n'.repeat(30_000))
    await new Promise((resolve) => socket.once('close', resolve))
  })

  it('comes whole, however long, where most of it comes in large ones', async () => {
    const socket = await sending()
    const [request] = await Promise.all([
      once(server, 'request').then(([one]) => one),
      socket.write(`${`10\r\n${'b'.repeat(16)}\r\n`.repeat(20_000)}0\r\n\r\n`),
    ])
    let length = 0
    for await (const piece of request) length += piece.length
    expect(length).toBe(320_000)
  })
})
