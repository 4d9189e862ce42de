import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'

const SWEEP_MILLISECONDS = 20

/** How long a connection may take to begin its first request once the hub goes down. */
const SILENCE_MILLISECONDS = 100

/**
 * Prepares a server to be closed in bounded time.
 *
 * Node waits for every connection: for those that are kept alive, which become idle one by one while it looks for them
 * only once, and for those that were opened ahead and never sent a request, which it never counts as idle.
 *
 * @param impatienceSeconds how long requests under way may take; then their connections are cut
 * @returns closes the server
 */
export function prepareDrain(app: FastifyInstance, impatienceSeconds: number): () => Promise<void> {
  const server: Server = app.server
  const connected = new Set<Socket>()
  const silent = new Set<Socket>()
  const keepIn =
    (...kept: Set<Socket>[]) =>
    (socket: Socket) => {
      for (const sockets of kept) sockets.add(socket)
      socket.once('close', () => {
        for (const sockets of kept) sockets.delete(socket)
      })
    }
  // The sockets on which requests arrive: those of TLS where there is TLS.
  if (server instanceof TlsServer) {
    server.on('connection', keepIn(connected))
    server.on('secureConnection', keepIn(silent))
  } else server.on('connection', keepIn(connected, silent))
  server.on('request', ({ socket }) => silent.delete(socket))

  return async () => {
    const cut = (sockets: Set<Socket>): void => {
      for (const socket of sockets) socket.destroy()
    }
    const timers = [
      setInterval(() => server.closeIdleConnections(), SWEEP_MILLISECONDS),
      setTimeout(cut, SILENCE_MILLISECONDS, silent),
      setTimeout(cut, impatienceSeconds * 1000, connected),
    ]
    try {
      await app.close()
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
  }
}
