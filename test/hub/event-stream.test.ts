import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { EventStream } from '../../src/hub/event-stream.js'

const STUFFING = 32 * 1024 * 1024

/** A stream to a reader on a real socket that has stopped reading, with more on the way than sockets buffer. */
async function stuffedStream() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const answered = new Promise<ServerResponse>((resolve) => server.once('request', (_, response) => resolve(response)))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.0\r\n\r\n')
  socket.pause()
  const response = await answered
  response.write(Buffer.alloc(STUFFING, '.'))
  return { server, socket, response, stream: new EventStream(response, () => 'e1', 0) }
}

describe('a stream to a reader who is slow', () => {
  let stuffed: Awaited<ReturnType<typeof stuffedStream>>

  beforeEach(async () => {
    stuffed = await stuffedStream()
  })
  afterEach(() => {
    stuffed.socket.destroy()
    stuffed.server.closeAllConnections()
    stuffed.server.close()
  })

  it('keeps only the newest cursor for it', async () => {
    const { socket, response, stream } = stuffed
    const held = response.writableLength
    for (let id = 1; id <= 10_000; id++) stream.cursor(id)
    expect(response.writableLength).toBe(held)
    let tail = ''
    const read = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-200)
        if (tail.endsWith('\n\n')) resolve()
      })
    })
    socket.resume()
    await read
    expect(tail.replace(/^.*\.(?=e)/s, '')).toBe('event: cursor\nid: 10000\ndata: {"cursor":10000,"epoch":"e1"}\n\n')
  })

  it('lets it go when it takes nothing for two comments', async () => {
    const { response, stream } = stuffed
    stream.comment()
    expect(response.destroyed).toBe(false)
    stream.comment()
    expect(response.destroyed).toBe(true)
  })

  it('says nothing more once it has ended, whatever was on its way to be said', async () => {
    const { response, stream } = stuffed
    const faults: unknown[] = []
    response.on('error', (fault) => faults.push(fault))
    stream.end()
    stream.comment()
    stream.cursor(7)
    stream.end()
    await new Promise(setImmediate)
    expect(faults).toEqual([])
    stream.comment()
    expect(response.destroyed).toBe(true)
  })

  it('never goes back', async () => {
    const { response, stream } = stuffed
    stream.cursor(5)
    const held = response.writableLength
    stream.cursor(3)
    expect(response.writableLength).toBe(held)
  })
})
