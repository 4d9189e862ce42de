import http, { type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { HUB_FIELDS } from '../../src/record/protocol.js'
import { cleanUp } from './clean-up.js'

/** A request as it came over the socket. */
export interface SeenRequest {
  readonly method: string
  /** With the query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** As sent, compressed or not. */
  readonly body: Buffer
}

/** What a hub does with one request. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => unknown

/** An HTTP server on the loopback that behaves as a test wants it to, and remembers what it was asked. */
export interface FaultyHub {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly requests: SeenRequest[]
  /** Changes its ways from the next request on. */
  behave(behaviour: Behaviour): void
  /** Cuts all connections and takes no more. What it resolves to brings the hub back at the same address. */
  away(): Promise<() => Promise<void>>
}

/** Starts one; it ends with the test. @param wanted port; 0: a free one */
export async function startFaultyHub(
  behaviour: Behaviour = answer(500, 'no behaviour'),
  wanted = 0,
): Promise<FaultyHub> {
  const requests: SeenRequest[] = []
  let behave = behaviour
  const server = http.createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { method = '', url: target = '', headers } = incoming
    const request = { method, target, headers, body: Buffer.concat(chunks) }
    requests.push(request)
    await behave(request, response)
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  await listen(wanted)
  cleanUp(close)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    behave: (changed) => {
      behave = changed
    },
    async away() {
      await close()
      return () => listen(port)
    },
  }
}

/** The same answer to every request: text as it is, anything else as JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  return (_, response) => {
    response.writeHead(status, { 'content-type': isRaw ? 'text/html' : 'application/json', ...headers })
    response.end(isRaw ? body : JSON.stringify(body))
  }
}

/** One behaviour after the other, a request each; the last one stays. */
export function inTurn(...behaviours: readonly Behaviour[]): Behaviour {
  let turn = 0
  return (request, response) => {
    const behaviour = behaviours[Math.min(turn++, behaviours.length - 1)] as Behaviour
    return behaviour(request, response)
  }
}

/**
 * Passes requests on to a real hub, which must know this server's address as its public URL, and its answers back: without the
 * proof of who gives them, so that tests may answer in the hub's place and replace it.
 */
export function passOnTo(hubUrl: string): Behaviour {
  return async (request, response) => {
    const incoming = await forward(hubUrl, request).catch(() => null)
    // A hub that is gone, or that goes in the middle, shows to the client as a cut.
    if (incoming === null) return response.destroy()
    response.writeHead(incoming.statusCode ?? 502, withoutProof(incoming.headers))
    incoming.on('error', () => response.destroy()).pipe(response)
    await new Promise((resolve) => response.on('close', resolve))
    if (!incoming.complete) incoming.destroy()
  }
}

/** Passes requests on to a real hub, as {@link passOnTo} does, and its answers back without some of their fields. */
export function passOnWithout(fields: readonly string[], hubUrl: string): Behaviour {
  return async (request, response) => {
    const incoming = await forward(hubUrl, request)
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const without = JSON.stringify(JSON.parse(text), (name, value) => (fields.includes(name) ? undefined : value))
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = withoutProof(incoming.headers)
    response.writeHead(incoming.statusCode ?? 502, headers).end(without)
  }
}

/** Passes requests on to a real hub and keeps its answers: the client waits. `then` is called once the hub has answered. */
export function keepAnswersOf(hubUrl: string, then: () => void): Behaviour {
  return async (request) => {
    const incoming = await forward(hubUrl, request)
    incoming.resume()
    then()
  }
}

function withoutProof(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { [HUB_FIELDS.key]: _, [HUB_FIELDS.proof]: __, ...others } = headers
  return others
}

function forward(hubUrl: string, { method, target, headers, body }: SeenRequest): Promise<http.IncomingMessage> {
  // Not kept for the next request: a hub that ends would reset it there.
  const outgoing = http.request(hubUrl + target, { method, headers, agent: false })
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject).end(body)
  })
}

/** What a push carried, in the spelling of the wire. */
export function pushed(request: SeenRequest): {
  records: { kind: string; record_id: string; run_id: string; payload: Record<string, unknown> }[]
  kinds: Record<string, { merge: string }>
} {
  const isPlain = request.headers['content-encoding'] === undefined
  return JSON.parse((isPlain ? request.body : gunzipSync(request.body)).toString('utf8'))
}

/** Takes every push whole, as a hub does that answers with the two counts of the seed's protocol. */
export const takeEverything: Behaviour = (request, response) =>
  answer(200, { inserted: pushed(request).records.length, skipped: 0 })(request, response)
