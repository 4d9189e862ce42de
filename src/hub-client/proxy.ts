import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { withoutCredentials } from '../base/without-credentials.js'

const THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * The proxy through which an address is reached, as `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` say it, in capitals too;
 * `null`: none. What is on this machine is reached directly whatever they say.
 */
export function proxyFor(target: URL, env: Environment): URL | null {
  if (THIS_MACHINE.test(target.hostname) || isExempt(target, variable('no_proxy', env))) return null
  const name = [`${target.protocol.slice(0, -1)}_proxy`, 'all_proxy'].find((one) => variable(one, env) !== '')
  if (name === undefined) return null
  const text = variable(name, env)
  const address = text.includes('://') ? text : `http://${text}`
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address)
  throw coordError(
    'HUB_UNREACHABLE',
    target.origin,
    `${name} is no http:// or https:// address: ${quote(withoutCredentials(text))}`,
  )
}

/** The code of an error that says that a proxy does not let a request through. */
export const PROXY_REFUSED = 'PROXY_REFUSED'

/** What a proxy has answered in the place of a hub: that it lets nobody through, or gets no answer itself. */
export function proxyRefusal({ host }: URL, status = 0): Error {
  const error = new Error(`the proxy ${host} answered ${status}`)
  return status >= 400 && status < 500 ? Object.assign(error, { code: PROXY_REFUSED }) : error
}

/** The credentials that stand in the address of a proxy, as a header. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function variable(name: string, env: Environment): string {
  return env[name] || env[name.toUpperCase()] || ''
}

/**
 * Whether `no_proxy` names a host: `example.com` and `.example.com` stand for what is below it too, `10.0.0.0/8` for a network, `*`
 * for all. A port may follow a name, and an IPv6 address in brackets.
 */
function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  const host = spelt(hostname)
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      const [, network, prefix] = /^\[?([^\]/]*)\]?\/(\d{1,3})$/.exec(entry) ?? []
      if (network !== undefined) return isInNetwork(host, network, Number(prefix))
      const [, name = '', onPort] = isIPv6(entry) ? [entry, entry] : (/^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [])
      if (name === '' || (onPort !== undefined && onPort !== ownPort)) return false
      const exempt = spelt(name)
      return host === exempt || host.endsWith(`.${exempt}`)
    })
}

/** An address of IPv6 in its one spelling, without brackets; a name without the dot that ends it. */
function spelt(host: string): string {
  const address = host.replace(/^\[|\]$/g, '')
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : host.replace(/\.$/, '')
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const family = isIPv6(network) ? 'ipv6' : 'ipv4'
  if (isIP(network) === 0 || isIP(host) === 0 || prefix > (family === 'ipv6' ? 128 : 32)) return false
  const networks = new BlockList()
  networks.addSubnet(network, prefix, family)
  return networks.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}
