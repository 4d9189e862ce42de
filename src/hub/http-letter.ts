import type { FastifyRequest } from 'fastify'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { pathOfTarget } from './own-address.js'

/** Node takes the first of several and a proxy may take the last: then one judges what the other does not see. */
const ONCE: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Content-Type', 'Content-Encoding', 'Last-Event-ID'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
)

/**
 * Refuses what HTTP (RFC 9112, 3.2 and 9110, 5.3) forbids and Node lets through. A whole address is taken as the target, for
 * that is what proxies may send, but of no other host than the header names.
 */
export function assertToTheLetter({ raw, originalUrl }: FastifyRequest): void {
  const seen = new Set<string>()
  for (let index = 0; index < raw.rawHeaders.length; index += 2) {
    const name = ONCE.get((raw.rawHeaders[index] as string).toLowerCase())
    if (name === undefined) continue
    if (seen.has(name)) throw coordError('BODY_INVALID', `${name} stands twice.`)
    seen.add(name)
  }
  if (originalUrl.includes('#')) throw coordError('BODY_INVALID', 'its target has a fragment.')
  if (!pathOfTarget(originalUrl).startsWith('/')) {
    throw coordError('BODY_INVALID', `its target ${quote(originalUrl)} is no path, which begins with a slash.`)
  }
  const host = hostOfTarget(originalUrl)
  if (host !== null && host.toLowerCase() !== raw.headers.host?.toLowerCase()) {
    throw coordError('BODY_INVALID', `its target is of the host ${quote(host)}, and its Host another one.`)
  }
}

function hostOfTarget(target: string): string | null {
  return /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? null
}
