import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { HubLimits } from './limits.js'
import { networkOf } from './network.js'

/**
 * Bounds the connections of a hub, and those of one address, and cuts one on which a request or an answer stands still. Where proxies are named, their addresses stand for many clients
 * and are not counted.
 */
export function boundConnections(server: Server, limits: HubLimits, trustedProxies: readonly string[]): void {
  server.timeout = limits.stillSeconds * 1000
  server.maxConnections = limits.connections
  // Who has been answered and stays connected makes room for who has yet to ask.
  server.on('drop', () => server.closeIdleConnections())
  if (trustedProxies.length > 0) return
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
