import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Beneficiary, claimed, nameOf } from './beneficiary.js'
import { ByteRate } from './byte-rate.js'
import type { HubLimits } from './limits.js'
import { networkOf } from './network.js'
import { refusal } from './refusal.js'
import { RequestCounters } from './request-counters.js'

const MINUTE = 60_000
const LOCK_OUT = 5 * MINUTE

type Limiter = ReturnType<FastifyInstance['createRateLimit']>

/** Counts what addresses and handles ask for, and turns away who asks too much. */
export class Throttle {
  readonly #requests: Limiter
  readonly #handles: Limiter
  readonly #registrations: Limiter
  readonly #sent: ByteRate
  readonly #pushed: ByteRate
  readonly #taken: ByteRate
  readonly #refusals: Limiter
  readonly #refusalsPerAddress: Limiter

  private constructor(app: FastifyInstance, limits: HubLimits) {
    this.#requests = app.createRateLimit({ max: limits.requestsPerMinute, timeWindow: MINUTE })
    this.#registrations = app.createRateLimit({ max: limits.registrationsPerMinute, timeWindow: MINUTE })
    this.#handles = app.createRateLimit({
      max: limits.handleRequestsPerMinute,
      timeWindow: MINUTE,
      keyGenerator: (request) => request.handle ?? '',
    })
    this.#sent = new ByteRate(limits.handleBytesPerSecond)
    this.#pushed = new ByteRate(limits.handleBytesPerSecond)
    this.#taken = new ByteRate(limits.takenBytesPerSecond)
    this.#refusals = app.createRateLimit({
      max: limits.refusedSignatures - 1,
      timeWindow: LOCK_OUT,
      keyGenerator: (request) => nameOf(claimed(request)),
    })
    this.#refusalsPerAddress = app.createRateLimit({
      max: limits.refusedSignaturesPerAddress - 1,
      timeWindow: LOCK_OUT,
    })
  }

  static async create(app: FastifyInstance, limits: HubLimits): Promise<Throttle> {
    await app.register(rateLimit, { global: false, store: RequestCounters })
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

  /**
   * Turns a body away before it is read, when too much came already from an address in the name of a handle. Throws
   * `RATE_LIMITED`. What is sent is never more than what it decodes to by the rate of the handle, once that is proved.
   */
  assertMaySend(who: Beneficiary, reply: FastifyReply): void {
    assertMay(this.#sent, nameOf(who), who.handle ?? 'this address', reply)
  }

  /** Counts bytes of a body as they come, against whom `nameOf` names. */
  sent(who: string, bytes: number): void {
    this.#sent.count(who, bytes)
  }

  /** Turns a body away before it is decoded, when its handle has pushed too much. Throws `RATE_LIMITED`. */
  assertMayPush(handle: string, reply: FastifyReply): void {
    assertMay(this.#pushed, handle, handle, reply)
  }

  /** Counts the bytes of a body, decoded, against the handle that sent it. */
  pushed(handle: string, bytes: number): void {
    this.#pushed.count(handle, bytes)
  }

  /** Turns a reader away who has taken too much: a handle, or an address that does not sign. Throws `RATE_LIMITED`. */
  assertMayTake(request: FastifyRequest, reply: FastifyReply): void {
    assertMay(this.#taken, readerOf(request), request.handle ?? 'this address', reply)
  }

  /** Counts bytes of a page that were read for somebody. */
  taken(request: FastifyRequest, bytes: number): void {
    this.#taken.count(readerOf(request), bytes)
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
      throw refusal('LOCKED_OUT', 'this address', state.ttlInSeconds)
    }
  }
}

function assertMay(rate: ByteRate, name: string, who: string, reply: FastifyReply): void {
  const seconds = rate.wait(name)
  if (seconds === 0) return
  reply.header('Retry-After', seconds)
  throw refusal('RATE_LIMITED', who, seconds)
}

/** No handle begins with a blank. */
function readerOf({ ip, handle }: FastifyRequest): string {
  return handle ?? ` ${networkOf(ip)}`
}

async function count(limiter: Limiter, request: FastifyRequest, reply: FastifyReply, who: string): Promise<void> {
  const state = await limiter(request)
  if (state.isAllowed || !state.isExceeded) return
  reply.header('Retry-After', state.ttlInSeconds)
  throw refusal('RATE_LIMITED', who, state.ttlInSeconds)
}
