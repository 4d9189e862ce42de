import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ByteBudget, type Lot } from './byte-budget.js'
import { decodeBody, mostBytes } from './decode-body.js'
import type { HubLimits } from './limits.js'
import { CUT, readBody } from './read-body.js'
import type { Throttle } from './throttle.js'
import { Turnstile } from './turnstile.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What is kept of its body; `null`: it has none, or none yet. */
    bodyLot: Lot | null
  }
}

/** The most bytes of a body that is no push. */
export const SMALL_BODY_BYTES = 64 * 1024

/**
 * Reads bodies within the hub's budgets. They are kept as the bytes that were signed, and decoded once the signature is
 * proven: to be called after `authenticate`.
 */
export function readBodies(app: FastifyInstance, limits: HubLimits, throttle: Throttle): void {
  const arriving = new ByteBudget(limits.bodyBytes, limits.bodyBytesPerAddress)
  const decoding = new Turnstile(limits.decodedBytes)
  app.decorateRequest('bodyLot', null)
  app.decorateRequest('recordTexts', null)
  app.removeAllContentTypeParsers()
  app.addHook('preParsing', async (request, reply) => {
    if (!request.raw.complete) keepBody(request, reply, arriving)
  })
  app.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(request, payload, limitOf(request)),
  )
  app.addHook('preValidation', async (request, reply) => {
    const { body, handle } = request
    if (!Buffer.isBuffer(body)) return
    if (handle !== null) throttle.bytes(handle, 0, reply)
    const limit = limitOf(request)
    const encoding = request.headers['content-encoding']
    const leave = await decoding.enter(mostBytes(body, encoding, limit))
    reply.raw.once('close', leave)
    if (reply.raw.closed) leave()
    const { value, recordTexts, bytes } = await decodeBody(body, encoding, limit)
    if (handle !== null) throttle.bytes(handle, bytes, reply)
    request.body = value
    request.recordTexts = recordTexts
  })
}

/** Begins to count a request's body against a budget, until its answer is out or nobody waits for it. */
function keepBody(request: FastifyRequest, reply: FastifyReply, budget: ByteBudget): void {
  const who = { address: request.ip, handle: request.claim?.handle ?? null }
  const lot = budget.open(who, (reason) => request.raw.emit(CUT, reason))
  request.bodyLot = lot
  reply.raw.once('close', () => lot.close())
}

function limitOf({ routeOptions }: FastifyRequest): number {
  return routeOptions.bodyLimit ?? SMALL_BODY_BYTES
}
