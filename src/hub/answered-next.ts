import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Resolves when the answer of a request is the next on its connection, or that is gone. Node keeps each answer that is ready before
 * its turn, and the first one may be taken slowly, or be a stream that never ends: what nobody takes is not to be made.
 */
export async function answeredNext(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Node gives an answer its connection when those before it are out.
  if (response.socket !== null || request.destroyed) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      response.off('socket', end)
      request.off('close', end)
      resolve()
    }
    response.on('socket', end)
    request.on('close', end)
  })
}
