import type { IncomingMessage } from 'node:http'
import { nodeCrypto } from '../base/node-crypto.js'

/** What becomes of a request before a page is asked for. */
export type Passage =
  | { readonly passes: true }
  /** Its link had the token: it is remembered in a cookie, and taken out of the address. */
  | { readonly passes: false; readonly status: 303; readonly location: string; readonly cookie: string }
  | { readonly passes: false; readonly status: 401 | 403 | 405; readonly why: string }

/**
 * Lets in who has the token. Host and Origin are checked as well: a page of another site, or a name that somebody points to
 * this machine, must not read what is served here.
 */
export function judgeRequest({ method, headers, url = '/' }: IncomingMessage, port: number, token: string): Passage {
  if (method !== 'GET' && method !== 'HEAD') return refused(405, 'These pages are only read: GET and HEAD.')
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!hosts.includes(headers.host ?? '')) return refused(403, 'This address is not served here.')
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return refused(403, 'Pages of other sites may not read this.')
  const address = addressOf(url)
  const given = address.searchParams.get('token')
  const cookie = `muse_coord_ui_${port}`
  if (given !== null) {
    if (!isSame(given, token)) return refused(403, 'The token of this link is not the one of this server.')
    address.searchParams.delete('token')
    const location = `${address.pathname}${address.search}`
    return {
      passes: false,
      status: 303,
      location,
      cookie: `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`,
    }
  }
  const kept = (headers.cookie ?? '').split(/; */).find((part) => part.startsWith(`${cookie}=`))
  if (kept === undefined) return refused(401, 'Open the link that `muse-coord ui` has printed.')
  return isSame(kept.slice(cookie.length + 1), token)
    ? { passes: true }
    : refused(403, 'This is the token of another server: open the link that `muse-coord ui` has printed.')
}

/** The address that a request asks for. Slashes at its beginning are one: two would name another host. */
export function addressOf(url: string): URL {
  return new URL(url.replace(/^[/\\]*/, '/'), 'http://localhost')
}

function refused(status: 401 | 403 | 405, why: string): Passage {
  return { passes: false, status, why }
}

/** In a time that does not tell how much of it was right. */
function isSame(given: string, token: string): boolean {
  const { createHash, timingSafeEqual } = nodeCrypto()
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
