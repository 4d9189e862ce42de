import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { RequestTurns } from '../../src/hub/request-turns.js'

const nextTurn = () => new Promise(setImmediate)

/** Where requests went, and what takes one of an address, of a connection that may be cut. */
function taking() {
  const handed: string[] = []
  const turns = new RequestTurns(({ socket }) => handed.push(socket.remoteAddress ?? ''))
  const take = (remoteAddress: string, socket = { remoteAddress, destroyed: false }) => {
    turns.take({ socket } as IncomingMessage, { socket } as unknown as ServerResponse)
    return socket
  }
  return { handed, take }
}

describe('requests', () => {
  it('are handed on at once where few come', () => {
    const { handed, take } = taking()
    for (let n = 0; n < 10; n++) take('::1')
    expect(handed).toHaveLength(10)
  })

  it('go by turns of their addresses where many come, and some in each turn of the event loop', async () => {
    const { handed, take } = taking()
    for (let n = 0; n < 500; n++) take('10.0.0.1')
    take('10.0.0.2')
    const first = handed.length
    expect(first).toBeLessThan(50)
    await nextTurn()
    expect(handed.length - first).toBeLessThan(50)
    expect(handed.indexOf('10.0.0.2') - first).toBeLessThanOrEqual(1)
    while (handed.length < 501) await nextTurn()
    // At rest, and begins anew.
    for (let n = 0; n < 5; n++) await nextTurn()
    take('10.0.0.1')
    expect(handed).toHaveLength(502)
  })

  it('count by the network of their address', async () => {
    const { handed, take } = taking()
    for (let n = 0; n < 200; n++) take(`2001:db8::${n.toString(16)}`)
    take('10.0.0.2')
    await nextTurn()
    expect(handed.indexOf('10.0.0.2')).toBeLessThan(50)
  })

  it('are not looked at on a connection that was cut, before or while they wait', async () => {
    const { handed, take } = taking()
    take('10.0.0.1', { remoteAddress: '10.0.0.1', destroyed: true })
    expect(handed).toEqual([])
    for (let n = 0; n < 100; n++) take('10.0.0.1')
    const waiting = take('10.0.0.2')
    waiting.destroyed = true
    for (let n = 0; n < 10; n++) await nextTurn()
    expect([handed.length, handed.includes('10.0.0.2')]).toEqual([100, false])
  })

  it('wait for the answers of those before them on their connection', async () => {
    const answers: ServerResponse[] = []
    const turns = new RequestTurns((_, response) => answers.push(response))
    const server = createServer((request, response) => turns.take(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.resume()
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3))
    for (let n = 1; n <= 3; n++) {
      while (answers.length < n) await nextTurn()
      for (let turn = 0; turn < 5; turn++) await nextTurn()
      expect(answers).toHaveLength(n)
      answers.at(-1)?.end()
    }
    socket.destroy()
    server.close()
  })
})
