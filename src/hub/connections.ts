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
  spareStacks(server)
  const isCounted = trustedProxies.length === 0
  boundRequests(server, isCounted ? 2 * limits.connectionsPerAddress : Number.POSITIVE_INFINITY)
  if (!isCounted) return
  const open = new Counts<string>()
  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? '')
    const count = open.add(address)
    socket.once('close', () => open.remove(address))
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

/**
 * Cuts the connection of a request beyond so many that wait to be answered on it, or from its address: that may have some more than
 * connections, which wait with one each.
 */
function boundRequests(server: Server, mostOfAddress: number): void {
  const onConnections = new Counts<Socket>()
  const ofAddresses = new Counts<string>()
  // Before all others: a request on a connection that is cut is not to be looked at.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const address = networkOf(socket.remoteAddress ?? '')
    const here = onConnections.add(socket)
    const there = ofAddresses.add(address)
    whenOver(request, response, () => {
      onConnections.remove(socket)
      ofAddresses.remove(address)
    })
    if (here <= MOST_UNANSWERED && there <= mostOfAddress) return
    stopParsing(socket)
    socket.destroy()
  })
}

/** How many there are of each now. */
class Counts<Key> {
  readonly #counts = new Map<Key, number>()

  /** With the one that is added. */
  add(key: Key): number {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count
  }

  remove(key: Key): void {
    const left = (this.#counts.get(key) ?? 1) - 1
    if (left === 0) this.#counts.delete(key)
    else this.#counts.set(key, left)
  }
}
