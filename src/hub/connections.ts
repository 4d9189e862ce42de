import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { HubLimits } from './limits.js'
import { networkOf } from './network.js'
import { stopParsing } from './stop-parsing.js'
import { whenOver } from './when-over.js'

/** Requests on one connection that wait to be answered: clients and proxies send one and wait, and Node keeps all that come. */
const MOST_UNANSWERED = 64

/**
 * Bounds the connections of a hub, what is asked for on one of them at once, and those of one address, and cuts one on which a
 * request or an answer stands still. Where proxies are named, their addresses stand for many clients and are not counted.
 */
export function boundConnections(server: Server, limits: HubLimits, trustedProxies: readonly string[]): void {
  server.timeout = limits.stillSeconds * 1000
  server.maxConnections = limits.connections
  // Who has been answered and stays connected makes room for who has yet to ask.
  server.on('drop', () => server.closeIdleConnections())
  boundRequests(server)
  spareStacks(server)
  if (trustedProxies.length > 0) return
  boundRequestsOfAddresses(server, 2 * limits.connectionsPerAddress)
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? '')
    const count = (open.get(address) ?? 0) + 1
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
    if (count > limits.connectionsPerAddress) socket.destroy()
  })
}

/**
 * Of each request under way on a connection that closes Node makes an error and writes down where; nobody reads it, and there may be
 * sixty.
 */
function spareStacks(server: Server): void {
  // The sockets on which requests arrive: those of TLS where there is TLS.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    const { stackTraceLimit } = Error
    socket.prependListener('close', () => {
      Error.stackTraceLimit = 0
    })
    // Behind the listener of Node, which came before.
    socket.on('close', () => {
      Error.stackTraceLimit = stackTraceLimit
    })
  })
}

function boundRequests(server: Server): void {
  countUnanswered(server, (socket) => socket, MOST_UNANSWERED)
}

/** Each address may have some more requests that wait than connections, which wait with one each. */
function boundRequestsOfAddresses(server: Server, most: number): void {
  countUnanswered(server, ({ remoteAddress }) => networkOf(remoteAddress ?? ''), most)
}

/** Cuts the connection of a request beyond so many that wait to be answered, of those that count together. */
function countUnanswered(server: Server, groupOf: (socket: Socket) => unknown, most: number): void {
  const unanswered = new Map<unknown, number>()
  // Before all others: a request on a connection that is cut is not to be looked at.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const group = groupOf(socket)
    const count = (unanswered.get(group) ?? 0) + 1
    unanswered.set(group, count)
    whenOver(request, response, () => {
      const left = (unanswered.get(group) ?? 1) - 1
      if (left === 0) unanswered.delete(group)
      else unanswered.set(group, left)
    })
    if (count <= most) return
    stopParsing(socket)
    socket.destroy()
  })
}
