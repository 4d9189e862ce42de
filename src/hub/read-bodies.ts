import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { claimed, nameOf, proven } from './beneficiary.js'
import { ByteBudget, type Lot } from './byte-budget.js'
import type { HubContext } from './context.js'
import { decodeBody, mostBytes } from './decode-body.js'
import { CUT, readBody, type SentBody } from './read-body.js'
import { refusal } from './refusal.js'
import type { Throttle } from './throttle.js'
import { Turnstile } from './turnstile.js'
import { whenOver } from './when-over.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What is kept of its body; `null`: it has none, or none yet. */
    bodyLot: Lot | null
    /** In hex, of its body as it was sent; `null`: it has none, or none yet. */
    bodyHash: string | null
  }
}

/** The most bytes of a body that is no push. */
export const SMALL_BODY_BYTES = 64 * 1024

/** What can have no more bytes once it is decoded waits for nothing that is larger, in its own part of the memory. */
const LIGHT_BYTES = 256 * 1024
const LIGHT_PART = 1 / 4

/**
 * Reads bodies within the hub's budgets. They are kept as the bytes that were signed, and decoded once the signature is
 * proven: to be called after `authenticate`.
 */
export function readBodies(app: FastifyInstance, { limits, bulk }: HubContext, throttle: Throttle): void {
  const arriving = new ByteBudget(limits.bodyBytes, limits.bodyBytesPerAddress)
  const light = new Turnstile(limits.decodedBytes * LIGHT_PART)
  const heavy = new Turnstile(limits.decodedBytes * (1 - LIGHT_PART))
  app.decorateRequest('bodyLot', null)
  app.decorateRequest('bodyHash', null)
  app.decorateRequest('recordTexts', null)
  app.removeAllContentTypeParsers()
  app.addHook('preParsing', async (request, reply) => {
    if (request.raw.complete) return
    throttle.assertMaySend(claimed(request), reply)
    keepBody(request, reply, arriving)
    if (request.headers.expect !== undefined) reply.raw.writeContinue()
  })
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const who = nameOf(claimed(request))
    const { bytes, sha256 }: SentBody = await readBody(request, payload, {
      limit: limitOf(request),
      onBytes: (count) => throttle.sent(who, count),
      turn: () => bulk.next(who),
    })
    request.bodyHash = sha256
    return bytes
  })
  app.addHook('preValidation', async (request, reply) => {
    const { body, handle } = request
    if (!Buffer.isBuffer(body)) return
    if (handle !== null) throttle.assertMayPush(handle, reply)
    const limit = limitOf(request)
    const encoding = request.headers['content-encoding']
    const most = mostBytes(body, encoding, limit)
    const isLight = most <= LIGHT_BYTES
    const who = nameOf(proven(request))
    const onGone = (end: () => void) => whenOver(request.raw, reply.raw, end)
    const leave = await (isLight ? light : heavy).enter(who, most, onGone)
    whenOver(request.raw, reply.raw, leave)
    const turn = async () => {
      await bulk.next(who)
      if (request.raw.socket.destroyed) throw refusal('BODY_INVALID', 'its connection broke off.')
    }
    if (!isLight) await turn()
    const { value, recordTexts, bytes } = await decodeBody(body, { encoding, limit, turn })
    if (handle !== null) throttle.pushed(handle, bytes)
    request.body = value
    request.recordTexts = recordTexts
  })
}

/** Begins to count a request's body against a budget, until its answer is out or nobody waits for it. */
function keepBody(request: FastifyRequest, reply: FastifyReply, budget: ByteBudget): void {
  const lot = budget.open(claimed(request), (reason) => request.raw.emit(CUT, reason))
  request.bodyLot = lot
  whenOver(request.raw, reply.raw, () => lot.close())
}

function limitOf({ routeOptions }: FastifyRequest): number {
  return routeOptions.bodyLimit ?? SMALL_BODY_BYTES
}
