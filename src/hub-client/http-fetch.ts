import http from 'node:http'
import type { Agent, RequestOptions } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { pinOf } from '../auth/pins.js'
import type { Environment } from '../base/environment.js'
import { nodeZlib } from '../base/node-zlib.js'
import { proxyAuthorization, proxyFor, proxyRefusal } from './proxy.js'

/** What a client of hubs hands to a `fetch`: less than that takes, so that any will do. */
export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
  readonly redirect: 'manual'
}

/** What a client of hubs reads of an answer. The body is decompressed. */
export interface FetchedResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** The global `fetch` is one, and so is what a program hands over in its place. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>

export interface HttpFetchOptions {
  /** Names the proxies, and the home directory in which certificates are pinned. */
  readonly env: Environment
  /** What TLS connections to hubs are held to beside what Node trusts: `ca`, `checkServerIdentity`. */
  readonly tls?: Pick<RequestOptions, 'ca' | 'checkServerIdentity' | 'servername'>
}

/**
 * `fetch` over Node's own HTTP client: no redirect is followed, answers may come compressed, and the proxies of the
 * environment are obeyed.
 *
 * The global `fetch` brings a client of its own, which is compiled when it is first used. That takes twice as long as
 * Node takes to start, and nearly every run of this program makes one request.
 */
export function createHttpFetch({ env, tls = {} }: HttpFetchOptions): Fetch {
  const agents = new Map<string, Agent>()

  /** What makes the connections that need more than Node's own do: through a proxy, or to a hub whose certificate is pinned. */
  async function agentFor(proxy: URL | null, pin: string | null): Promise<Agent | undefined> {
    if (proxy === null && pin === null) return undefined
    const key = `${proxy?.href} ${pin}`
    const present = agents.get(key)
    if (present !== undefined) return present
    const { TunnelAgent } = await import('./tunnel-agent.js')
    const { PinningAgent } = await import('./pinning-agent.js')
    const agent = proxy === null ? new PinningAgent() : new TunnelAgent(proxy)
    agents.set(key, agent)
    return agent
  }

  return async (url, { method, headers, body, signal }) => {
    const target = new URL(url)
    const proxy = proxyFor(target, env)
    const options: RequestOptions = { method, headers: { 'accept-encoding': 'gzip', ...headers }, signal }
    let { request } = http
    if (target.protocol === 'https:') {
      request = process.getBuiltinModule('node:https').request
      const pin = pinOf(env, target)
      const agent = await agentFor(proxy, pin)
      Object.assign(options, tls, agent && { agent, pin, ending: signal })
    } else if (proxy !== null) {
      Object.assign(options, addressedTo(proxy, target, options.headers))
    }
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const asked = request(target, options, resolve).on('error', reject)
      // Nobody asked for another protocol. Without a listener Node drops such a connection and tells nobody.
      asked.on('upgrade', (switching, socket) => {
        socket.destroy()
        resolve(switching)
      })
      asked.end(body)
    })
    if (proxy !== null && target.protocol === 'http:' && isOfProxy(answer)) {
      answer.destroy()
      throw proxyRefusal(proxy, answer.statusCode)
    }
    return {
      status: answer.statusCode as number,
      statusText: answer.statusMessage ?? '',
      headers: { get: (name) => answer.headers[name]?.toString() ?? null },
      body: bodyOf(answer),
    }
  }
}

/** A hub's refusals are JSON; a proxy that lets nobody through answers in its place, and otherwise. */
function isOfProxy({ statusCode, headers }: http.IncomingMessage): boolean {
  const isRefusal = statusCode === 403 || statusCode === 407
  return isRefusal && !(headers['content-type'] ?? '').includes('json')
}

/** Without TLS there is nothing to tunnel: the proxy is asked itself, for the whole address. */
function addressedTo(proxy: URL, target: URL, headers: RequestOptions['headers']): RequestOptions {
  return {
    hostname: proxy.hostname,
    port: proxy.port || 80,
    path: target.href,
    headers: { ...headers, host: target.host, ...proxyAuthorization(proxy) },
  }
}

function bodyOf(answer: http.IncomingMessage): Readable | null {
  const { statusCode = 0, headers } = answer
  if (statusCode < 200 || statusCode === 204 || (statusCode >= 300 && statusCode < 400)) {
    answer.destroy() // Nobody follows, so nobody reads what it says; unread it would hold the connection.
    return null
  }
  if (headers['content-encoding']?.toLowerCase() !== 'gzip') return answer
  // Failures reach the reader through the stream that it reads.
  return pipeline(answer, nodeZlib().createGunzip(), () => {})
}
