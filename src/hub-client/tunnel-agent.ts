import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type AgentOptions, secure } from './pinning-agent.js'
import { proxyAuthorization, proxyRefusal } from './proxy.js'

/** Keeps connections that lead through a proxy (CONNECT) to servers with TLS. The proxy sees no more than host and port. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL

  constructor(proxy: URL) {
    super({ keepAlive: true, timeout: 5000 })
    this.#proxy = proxy
  }

  override createConnection(options: AgentOptions, done: (error: Error | null, socket: Duplex) => void): undefined {
    const { hostname, protocol, port } = this.#proxy
    const target = `${options.host}:${options.port}`
    const isSecure = protocol === 'https:'
    const request = isSecure ? https.request : http.request
    const fail = (error: Error) => done(error, undefined as unknown as Duplex)
    request({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port || (isSecure ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyAuthorization(this.#proxy) },
      agent: false,
      ...(options.ending && { signal: options.ending }),
    })
      .on('connect', ({ statusCode }: http.IncomingMessage, socket: Socket) => {
        if (statusCode === 200) return secure(options, done, socket)
        socket.destroy()
        fail(proxyRefusal(this.#proxy, statusCode))
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        const sentence = `the proxy ${this.#proxy.host} of the environment cannot be asked: ${error.message}`
        fail(Object.assign(new Error(sentence), { code: error.code }))
      })
      .end()
  }
}
