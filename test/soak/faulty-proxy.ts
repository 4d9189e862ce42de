import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.js'

/** What happens to a request on its way. */
const FAULTS = {
  none: 58,
  /** It arrives late. */
  delayed: 10,
  /** Half of it arrives, then the connection is gone. */
  requestCut: 6,
  /** The hub has done it and answered; the client hears nothing. */
  answerCut: 10,
  /** The client hears half of the answer. */
  answerTorn: 6,
  /** It arrives twice at once, where there are two hubs at both. */
  doubled: 10,
} as const
export type Fault = keyof typeof FAULTS

const LONGEST_DELAY_MS = 60
const LONGEST_STREAM_MS = 1500

interface Passed {
  readonly method: string
  readonly target: string
  readonly headers: http.OutgoingHttpHeaders
  readonly body: Buffer
}

/** Stands before the hubs as a balancer does, under the one address that clients know, and treats requests badly. */
export class FaultyProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Addresses of the hubs that are up. */
  hubs: readonly string[] = []
  /** Whether requests are treated badly. */
  isFaulty = true
  readonly counts = new Map<Fault, number>()
  readonly #server: http.Server
  readonly #random: Random

  static async start(random: Random): Promise<FaultyProxy> {
    const server = http.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FaultyProxy(server, random)
  }

  private constructor(server: http.Server, random: Random) {
    this.#server = server
    this.#random = random
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { method = '', url: target = '', headers } = incoming
    const request: Passed = {
      method,
      target,
      headers: { ...headers, connection: 'close' },
      body: Buffer.concat(chunks),
    }
    const [hub, other = hub] = this.#twoHubs()
    if (hub === undefined || other === undefined) return badGateway(response)
    if (target.includes('/coord/watch')) return this.#passStream(hub, request, response)

    const fault = this.isFaulty ? this.#random.weighted(FAULTS) : 'none'
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    if (fault === 'requestCut') {
      await sendHalf(hub, request)
      response.destroy()
      return
    }
    if (fault === 'delayed') await sleep(this.#random.between(1, LONGEST_DELAY_MS))
    // What was passed on is always waited for. A copy that came after later changes would undo them: the protocol has no
    // order but that of arrival.
    const answers = await Promise.allSettled([
      exchange(hub, request),
      ...(fault === 'doubled' ? [exchange(other, request)] : []),
    ])
    const answer = answers[answers.length - 1]
    if (fault === 'answerCut') response.destroy()
    else if (answer?.status !== 'fulfilled') badGateway(response)
    else {
      const { status, headers, body } = answer.value
      response.writeHead(status, lengthTold(headers, body))
      if (fault === 'answerTorn') response.write(body.subarray(0, body.length / 2), () => response.destroy())
      else response.end(body)
    }
  }

  #twoHubs(): readonly string[] {
    return this.#random.next() < 0.5 ? this.hubs : this.hubs.toReversed()
  }

  async #passStream(hub: string, { method, target, headers }: Passed, response: ServerResponse): Promise<void> {
    const outgoing = http.request(hub + target, { method, headers })
    outgoing.on('error', () => badGateway(response))
    response.on('close', () => outgoing.destroy())
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    outgoing.end()
    if (!this.isFaulty) return
    await sleep(this.#random.between(1, LONGEST_STREAM_MS))
    response.destroy()
  }
}

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

function exchange(hub: string, { method, target, headers, body }: Passed): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(hub + target, { method, headers }, async (answer) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) })
      } catch (error) {
        reject(error)
      }
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * The headers of an answer that is passed on at once. A client must see that half of it is missing: fetch takes what has
 * come in chunks for the whole when the connection was to be closed anyway.
 */
function lengthTold(headers: http.IncomingHttpHeaders, body: Buffer): http.OutgoingHttpHeaders {
  const { 'transfer-encoding': _, ...others } = headers
  return { ...others, 'content-length': body.length }
}

function sendHalf(hub: string, { method, target, headers, body }: Passed): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = http.request(hub + target, { method, headers })
    // However it ends: nobody waits for an answer to half a request.
    outgoing.on('error', () => resolve())
    outgoing.on('close', () => resolve())
    outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy())
  })
}

function badGateway(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else
    response
      .writeHead(502, { 'content-type': 'application/json' })
      .end('{"detail":"no hub answers","status":"unavailable"}')
}
