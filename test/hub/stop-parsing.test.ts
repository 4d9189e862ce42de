import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it } from '@jest/globals'
import { stopParsing } from '../../src/hub/stop-parsing.js'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

const server = createServer()
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

it('has no more requests made of one read, and leaves the parser as it was to who gets it next', async () => {
  let requests = 0
  server.on('request', ({ socket, url }, response) => {
    if (url === '/good') return response.end('good')
    requests++
    if (requests !== 10) return
    stopParsing(socket)
    stopParsing(socket)
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (let round = 0; round < 3; round++) {
    requests = 0
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(GET.repeat(1000))
    await once(socket, 'close')
    expect(requests).toBe(10)
    const answer = await fetch(`http://127.0.0.1:${port}/good`, { method: 'POST', body: 'x'.repeat(100_000) })
    expect(await answer.text()).toBe('good')
  }
})
