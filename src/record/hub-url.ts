import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { withoutCredentials } from '../base/without-credentials.js'

/** The address of a hub, taken apart once and checked. */
export interface HubUrl {
  /** `https://hub.example.com:8443`: no path, no trailing slash. */
  readonly origin: string
  /** What stands before every path of the hub: `''`, or `/team/hub` without a trailing slash. */
  readonly pathPrefix: string
  /** `origin` and `pathPrefix`: the hub's name in sentences, in the sync state and before a path. */
  readonly base: string
  /** As MSign signs it: lower case, the port kept unless it is 80 for http or 443 for https. */
  readonly host: string
  /** Whether credentials may travel there: https, or this machine. */
  readonly isSafeForCredentials: boolean
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const THIS_MACHINE = new Set(LOOPBACK_NAMES)
// The URL parser repairs what it can: strips blanks, turns backslashes round, reads `http:host`. An address that needs
// repair is refused instead, so that what was typed, what is signed and what is connected to are one thing.
const PLAIN = /^https?:\/\/[^\s\u0000-\u001f\u007f\\?#@]+$/i

/**
 * Checks the address of a hub. Two spellings of one hub (case, default port, trailing slash) give equal results.
 *
 * @throws `HUB_URL_INVALID` for anything but http or https, for credentials, a query or a fragment
 */
export function parseHubUrl(text: string): HubUrl {
  const url = PLAIN.test(text) ? parseOrNull(text) : null
  if (url === null) throw coordError('HUB_URL_INVALID', quote(withoutCredentials(text)))
  const pathPrefix = url.pathname.replace(/\/+$/, '')
  return {
    origin: url.origin,
    pathPrefix,
    base: url.origin + pathPrefix,
    host: url.host,
    isSafeForCredentials: url.protocol === 'https:' || THIS_MACHINE.has(url.hostname),
  }
}

function parseOrNull(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

/**
 * The hosts that name the hub of this one, itself first: the loopback has three names, and a hub is known by all of them.
 *
 * @param host as {@link HubUrl.host} has it
 */
export function hostsOf(host: string): readonly string[] {
  const [, name, port = ''] = /^(.*?)(:\d+)?$/.exec(host) ?? []
  if (name === undefined || !THIS_MACHINE.has(name)) return [host]
  return [host, ...LOOPBACK_NAMES.filter((other) => other !== name).map((other) => other + port)]
}

/** Whether two addresses name one hub. */
export function isSameHub(one: HubUrl, other: HubUrl): boolean {
  const scheme = ({ origin }: HubUrl) => origin.slice(0, origin.indexOf(':'))
  return scheme(one) === scheme(other) && one.pathPrefix === other.pathPrefix && hostsOf(one.host).includes(other.host)
}
