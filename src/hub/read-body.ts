import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { coordError } from '../base/errors.js'

/** On the request: the body is to be kept no longer. */
export const CUT = Symbol('cut')

/** So much of a body is read whatever else arrives: a claim or a heartbeat gets through beside any number of large bodies. */
const FREE_BYTES = 16 * 1024

/** The bytes of a body as they were sent. Rejects with `BODY_TOO_LARGE`, `HUB_BUSY`, or as the connection does. */
export function readBody(request: FastifyRequest, payload: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      try {
        if (length > limit) throw tooLarge(limit)
        request.bodyLot?.pass(chunk.length)
        if (length > FREE_BYTES) request.bodyLot?.hold(chunk.length)
        chunks.push(chunk)
      } catch (refusal) {
        end(() => reject(refusal))
      }
    }
    const onEnd = (): void => end(() => resolve(Buffer.concat(chunks)))
    const onFault = (fault: Error): void => end(() => reject(fault))
    const onClose = (): void => end(() => reject(coordError('BODY_INVALID', 'its body broke off.')))
    const end = (then: () => void): void => {
      payload.off('data', onData).off('end', onEnd).off('error', onFault).off('close', onClose)
      request.raw.off(CUT, onFault)
      payload.pause()
      then()
    }
    payload.on('data', onData).on('end', onEnd).on('error', onFault).on('close', onClose)
    request.raw.on(CUT, onFault)
  })
}

function tooLarge(limit: number): Error {
  return coordError('BODY_TOO_LARGE', 'The body', `${limit} bytes`)
}
