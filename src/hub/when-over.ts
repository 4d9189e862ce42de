import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const waiting = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls back once, when a response is out or its connection gone. Of the latter Node tells no response that stands behind
 * others on its connection: what was kept for it would be kept for good.
 */
export function whenOver({ socket }: IncomingMessage, response: ServerResponse, end: () => void): void {
  if (response.closed || socket.destroyed) {
    end()
    return
  }
  const ends = waiting.get(socket) ?? endsOf(socket)
  const once = (): void => {
    if (ends.delete(once)) end()
  }
  ends.add(once)
  response.once('close', once)
}

/** One listener for each connection, however many requests come on it. */
function endsOf(socket: Socket): Set<() => void> {
  const ends = new Set<() => void>()
  waiting.set(socket, ends)
  socket.once('close', () => {
    for (const end of [...ends]) end()
  })
  return ends
}
