import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it } from '@jest/globals'
import { CoordError } from '../../src/base/errors.js'
import { boundConnections } from '../../src/hub/connections.js'
import { DEFAULT_LIMITS } from '../../src/hub/limits.js'
import { refusal } from '../../src/hub/refusal.js'

const frames = ({ stack = '' }: Error) => stack.split('\n').filter((line) => line.startsWith('    at ')).length

const server = createServer()
afterEach(() => {
  server.close()
})

it('of a request bears no stack, and leaves that of faults', () => {
  const error = refusal('NO_SUCH_THING', 'space a/b')
  expect([error instanceof CoordError, error.code, error.httpStatus]).toEqual([true, 'NO_SUCH_THING', 404])
  expect(error.message).toContain('space a/b')
  expect(frames(error)).toBe(0)
  expect(frames(new Error('a fault'))).toBeGreaterThan(0)
})

it('by which Node ends the requests of a connection that closed bears none either', async () => {
  boundConnections(server, DEFAULT_LIMITS, [])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  const faults: Error[] = []
  request.on('error', (fault) => faults.push(fault))
  socket.destroy()
  await new Promise((resolve) => request.once('close', resolve))
  expect(faults.map(frames)).toEqual([0])
  expect(frames(new Error('a fault'))).toBeGreaterThan(0)
})
