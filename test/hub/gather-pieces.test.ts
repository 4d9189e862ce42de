import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { gatherPieces } from '../../src/hub/gather-pieces.js'

const server = createServer()
gatherPieces(server)
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

describe('a body in chunks of one byte', () => {
  it('comes whole, in few pieces, also to who reads it late', async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const letters = Array.from({ length: 30_000 }, (_, n) => String.fromCharCode(97 + (n % 26)))
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${letters.map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`)
    const [request] = await once(server, 'request')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe(letters.join(''))
    expect(pieces.length).toBeLessThan(1000)
  })
})
