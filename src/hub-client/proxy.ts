import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'

const THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * The proxy through which an address is reached, as `https_proxy`, `http_proxy` and `no_proxy` say it, in capitals too;
 * `null`: none. What is on this machine is reached directly whatever they say.
 */
export function proxyFor(target: URL, env: Environment): URL | null {
  if (THIS_MACHINE.test(target.hostname) || isExempt(target, variable('no_proxy', env))) return null
  const name = `${target.protocol.slice(0, -1)}_proxy`
  const text = variable(name, env)
  if (text === '') return null
  const address = text.includes('://') ? text : `http://${text}`
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address)
  throw coordError('HUB_UNREACHABLE', target.origin, `${name} is no http:// or https:// address: ${quote(text)}`)
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

/** Whether `no_proxy` names a host: `example.com` and `.example.com` stand for what is below it too, `*` for all. */
function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, host = '', onPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? []
      if (entry === '*') return true
      if (host === '' || (onPort !== undefined && onPort !== ownPort)) return false
      return hostname === host || hostname.endsWith(`.${host}`)
    })
}
