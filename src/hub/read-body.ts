import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { refusal } from './refusal.js'

/** On the request: the body is to be kept no longer. */
export const CUT = Symbol('cut')

/** So much of a body is read whatever else arrives: a claim or a heartbeat gets through beside any number of large bodies. */
const FREE_BYTES = 16 * 1024

/** What a body is read with. */
interface Reading {
  /** The most bytes that are taken. */
  readonly limit: number
  /** Called for bytes as they come. */
  readonly onBytes: (count: number) => void
  /** Resolves when more of a large body may be read. */
  readonly turn: () => Promise<void>
}

/** A body as it was sent. Its hash is made as it comes, so that no large one holds up the others when it is whole. */
export interface SentBody {
  readonly bytes: Buffer
  /** In hex. */
  readonly sha256: string
}

/** Reads a body, one part of it a turn beyond the first. Rejects with `BODY_TOO_LARGE`, `HUB_BUSY`, or as the connection does. */
export function readBody(request: FastifyRequest, payload: IncomingMessage, reading: Reading): Promise<SentBody> {
  const { limit, onBytes, turn } = reading
  const header = request.headers['content-length']
  const declared = header === undefined ? null : Number(header)
  if (declared !== null && declared > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    let kept: Buffer = Buffer.alloc(0)
    const hash = createHash('sha256')
    let length = 0
    let isOver = false
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      try {
        if (length > limit) throw tooLarge(limit)
        onBytes(chunk.length)
        request.bodyLot?.pass(chunk.length)
        const room = roomFor(length, kept.length, declared ?? limit)
        if (room > FREE_BYTES) request.bodyLot?.hold(room - (kept.length > FREE_BYTES ? kept.length : 0))
        hash.update(chunk)
        kept = appended(kept, length - chunk.length, chunk, room)
        // Of a body that comes in chunks nobody knows which is the last.
        if (length > FREE_BYTES && length !== declared) {
          payload.pause()
          void turn().then(() => isOver || payload.resume())
        }
      } catch (refusal) {
        end(() => reject(refusal))
      }
    }
    const onEnd = (): void => end(() => resolve({ bytes: kept.subarray(0, length), sha256: hash.digest('hex') }))
    const onFault = (fault: Error): void => end(() => reject(fault))
    const onClose = (): void => end(() => reject(refusal('BODY_INVALID', 'its body broke off.')))
    const end = (then: () => void): void => {
      isOver = true
      payload.off('data', onData).off('end', onEnd).off('error', onFault).off('close', onClose)
      request.raw.off(CUT, onFault)
      payload.pause()
      then()
    }
    payload.on('data', onData).on('end', onEnd).on('error', onFault).on('close', onClose)
    request.raw.on(CUT, onFault)
  })
}

/**
 * How large a buffer is to be that holds so many bytes. What is more than they are counts as kept, too.
 *
 * @param present how large it is
 * @param most that will ever be in it
 */
function roomFor(length: number, present: number, most: number): number {
  return length > present ? Math.max(length, Math.min(2 * length, most)) : present
}

/**
 * Bytes with more behind them, in one buffer: kept as they come, a byte that comes alone would take some hundred.
 *
 * @param length of what is in the buffer
 * @param room how large it is to be
 */
function appended(kept: Buffer, length: number, chunk: Buffer, room: number): Buffer {
  const larger = room > kept.length ? Buffer.allocUnsafeSlow(room) : kept
  if (larger !== kept) kept.copy(larger, 0, 0, length)
  chunk.copy(larger, length)
  return larger
}

function tooLarge(limit: number): Error {
  return refusal('BODY_TOO_LARGE', 'The body', `${limit} bytes`)
}
