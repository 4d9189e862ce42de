import { signedHost } from '../auth/msign.js'
import { type HubUrl, parseHubUrl } from '../record/hub-url.js'

/** What a request was addressed to, in the parts that a signature covers. */
export interface Addressed {
  readonly host: string
  readonly target: string
}

/**
 * Under which names a hub is reached. A signature is checked against these and not against what the request claims,
 * so that one caught for another hub is worth nothing here.
 */
export class OwnAddress {
  readonly #public: HubUrl | null
  readonly #scheme: 'http' | 'https'
  #names: readonly string[] = []
  #port: number | null = null
  #hosts: ReadonlySet<string> = new Set()

  /**
   * @param scheme what this process itself speaks
   * @param names further host names without port under which it is reached, beside those of the loopback
   * @param publicUrl the one address under which the world knows it, when a proxy or a name stands before it
   */
  constructor(scheme: 'http' | 'https', names: readonly string[], publicUrl?: string) {
    this.#scheme = scheme
    this.isKnownAs(names)
    this.#public = publicUrl === undefined ? null : parseHubUrl(publicUrl)
  }

  /** What stands before every path when the world sees it: `''` or `/team/hub`. */
  get pathPrefix(): string {
    return this.#public?.pathPrefix ?? ''
  }

  /** @param names as for the constructor, in the place of those */
  isKnownAs(names: readonly string[]): void {
    this.#names = ['localhost', '127.0.0.1', '[::1]', ...names]
    if (this.#port !== null) this.listensOn(this.#port)
  }

  /** Called once the port is known. */
  listensOn(port: number): void {
    this.#port = port
    this.#hosts = new Set(this.#names.map((name) => signedHost(`${name}:${port}`, this.#scheme)))
  }

  /**
   * What a signature of this request must cover; `null` when it is not addressed to this hub.
   *
   * @param hostHeader as sent; without meaning under a public URL, because proxies rewrite it
   * @param requestTarget as sent
   */
  addressed(hostHeader: string, requestTarget: string): Addressed | null {
    const path = pathOfTarget(requestTarget)
    if (this.#public !== null) {
      const { host, pathPrefix } = this.#public
      const kept = path.startsWith(`${pathPrefix}/`)
      return { host, target: kept ? path : pathPrefix + path }
    }
    const host = signedHost(hostHeader, this.#scheme)
    return this.#hosts.has(host) ? { host, target: path } : null
  }

  /** The path inside the hub: without the prefix, if the proxy left it on. */
  stripPrefix(requestTarget: string): string {
    const prefix = this.pathPrefix
    const path = pathOfTarget(requestTarget)
    return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
  }
}

/** Path and query of a request's target, which may be a whole address: that is how proxies are asked, and some pass it on. */
export function pathOfTarget(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '')
}
