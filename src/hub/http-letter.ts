import type { FastifyRequest } from 'fastify'
import { quote } from '../base/quote.js'
import { pathOfTarget } from './own-address.js'
import { refusal } from './refusal.js'

/** Node takes the first of several and a proxy may take the last: then one judges what the other does not see. */
const ONCE: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Content-Type', 'Content-Encoding', 'Content-Digest', 'Last-Event-ID'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
)

/** A name or an address, and a port. */
const HOST = /^([\w.~%!$&'()*+;=-]+|\[[0-9a-f:.]+\])(:\d*)?$/i

/** Refuses what HTTP (RFC 9112, 3.2 and 6.1, and 9110, 5.3) forbids and Node lets through. */
export function assertToTheLetter(request: FastifyRequest): void {
  const fault = faultOf(request)
  if (fault !== null) throw refusal('BODY_INVALID', fault)
}

/** A whole address is taken as the target, for that is what proxies may send, but of no other host than the header names. */
function faultOf({ raw, originalUrl }: FastifyRequest): string | null {
  const { host, 'transfer-encoding': coding } = raw.headers
  const twice = standsTwice(raw.rawHeaders)
  if (twice !== null) return `${twice} stands twice.`
  if (raw.httpVersionMajor !== 1 || raw.httpVersionMinor > 1) return `HTTP/${raw.httpVersion} is not spoken here.`
  if (host !== undefined && !HOST.test(host)) return `its Host ${quote(host)} is none.`
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || raw.httpVersionMinor === 0)) {
    return `its Transfer-Encoding ${quote(coding)} is not read here.`
  }
  if (originalUrl.includes('#')) return 'its target has a fragment.'
  if (!pathOfTarget(originalUrl).startsWith('/')) {
    return `its target ${quote(originalUrl)} is no path, which begins with a slash.`
  }
  const named = hostOfTarget(originalUrl)
  if (named !== null && named.toLowerCase() !== host?.toLowerCase()) {
    return `its target is of the host ${quote(named)}, and its Host another one.`
  }
  return null
}

function standsTwice(rawHeaders: readonly string[]): string | null {
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = ONCE.get((rawHeaders[index] as string).toLowerCase())
    if (name === undefined) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}

function hostOfTarget(target: string): string | null {
  return /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? null
}
