import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { coordError } from '../base/errors.js'
import { ByteRate } from './byte-rate.js'
import type { HubLimits } from './limits.js'
import { networkOf } from './network.js'

const MINUTE = 60_000
const LOCK_OUT = 5 * MINUTE

/** How many addresses and handles are counted at once; beyond that the longest unseen is forgotten. */
const COUNTERS = 20_000

type Limiter = ReturnType<FastifyInstance['createRateLimit']>

/** Counts what addresses and handles ask for, and turns away who asks too much. */
export class Throttle {
  readonly #requests: Limiter
  readonly #handles: Limiter
  readonly #registrations: Limiter
  readonly #bytes: ByteRate
  readonly #refusals: Limiter
  readonly #refusalsPerAddress: Limiter

  private constructor(app: FastifyInstance, limits: HubLimits) {
    const byClaim = (request: FastifyRequest): string => `${networkOf(request.ip)} ${request.claim?.handle ?? ''}`
    this.#requests = app.createRateLimit({ max: limits.requestsPerMinute, timeWindow: MINUTE })
    this.#registrations = app.createRateLimit({ max: limits.registrationsPerMinute, timeWindow: MINUTE })
    this.#handles = app.createRateLimit({
      max: limits.handleRequestsPerMinute,
      timeWindow: MINUTE,
      keyGenerator: (request) => request.handle ?? '',
    })
    this.#bytes = new ByteRate(limits.handleBytesPerSecond)
    this.#refusals = app.createRateLimit({
      max: limits.refusedSignatures - 1,
      timeWindow: LOCK_OUT,
      keyGenerator: byClaim,
    })
    this.#refusalsPerAddress = app.createRateLimit({
      max: limits.refusedSignaturesPerAddress - 1,
      timeWindow: LOCK_OUT,
    })
  }

  static async create(app: FastifyInstance, limits: HubLimits): Promise<Throttle> {
    await app.register(rateLimit, { global: false, cache: COUNTERS })
    return new Throttle(app, limits)
  }

  /** Counts a request against its address. Rejects with `RATE_LIMITED`. */
  request(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return count(this.#requests, request, reply, 'this address')
  }

  /** Counts a request to the registration against its address. Rejects with `RATE_LIMITED`. */
  registration(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return count(this.#registrations, request, reply, 'this address')
  }

  /** Counts a proven request against its handle. Rejects with `RATE_LIMITED`. */
  handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return count(this.#handles, request, reply, request.handle ?? '')
  }

  /** Counts the bytes of a body, decoded, against the handle that sent it. Throws `RATE_LIMITED`. */
  bytes(handle: string, bytes: number, reply: FastifyReply): void {
    const seconds = this.#bytes.count(handle, bytes)
    if (seconds === 0) return
    reply.header('Retry-After', seconds)
    throw coordError('RATE_LIMITED', handle, seconds)
  }

  /** Counts a refused signature. */
  async refusal(request: FastifyRequest): Promise<void> {
    await this.#refusals(request)
    await this.#refusalsPerAddress(request)
  }

  /**
   * Turns away a badly signed request after too many: of this handle from this address, and of this address whatever the
   * handle. Rejects with `LOCKED_OUT`.
   */
  async lockOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    for (const limiter of [this.#refusals, this.#refusalsPerAddress]) {
      const state = await limiter(request, { increment: false })
      if (state.isAllowed || !state.isExceeded) continue
      reply.header('Retry-After', state.ttlInSeconds)
      throw coordError('LOCKED_OUT', 'this address', state.ttlInSeconds)
    }
  }
}

async function count(limiter: Limiter, request: FastifyRequest, reply: FastifyReply, who: string): Promise<void> {
  const state = await limiter(request)
  if (state.isAllowed || !state.isExceeded) return
  reply.header('Retry-After', state.ttlInSeconds)
  throw coordError('RATE_LIMITED', who, state.ttlInSeconds)
}
