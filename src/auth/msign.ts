/** MSign: a request signed with Ed25519 over its method, host, path, time and the hash of its body. */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { isSpaceName } from '../record/record.js'

/** How far the time of a signature may be from the verifier's clock, in seconds, both ways. */
const SIGNATURE_WINDOW_SECONDS = 30

/** Value of `WWW-Authenticate` in a 401. */
export const MSIGN_CHALLENGE = 'MSign realm="musehub"'

/** What a signature covers. */
export interface SignedRequest {
  /** Upper case: `POST`. */
  readonly method: string
  /** As {@link signedHost} gives it: `localhost:1337`. */
  readonly host: string
  /** Path and query exactly as they stand in the request line. */
  readonly target: string
  /** Unix time, whole seconds. */
  readonly timestamp: number
  /** The bytes as sent, so after compression, or their hash in hex; no body is the empty one. */
  readonly body: Uint8Array | string | { readonly sha256: string }
}

/** What an `Authorization: MSign …` header says. Nothing in it is proven yet. */
export interface Authorization {
  readonly handle: string
  /** Unix time, whole seconds. */
  readonly timestamp: number
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** The text that is signed, a line a part. */
export function signingText(request: SignedRequest): string {
  const { body } = request
  const isHashed = typeof body === 'object' && 'sha256' in body
  const bodyHash = isHashed ? body.sha256 : createHash('sha256').update(body).digest('hex')
  return `ed25519\n${request.method}\n${request.host}\n${request.target}\n${request.timestamp}\nsha256:${bodyHash}`
}

/** The value of the `Authorization` header that signs a request. */
export function signRequest(request: SignedRequest, handle: string, privateKey: KeyObject): string {
  const signature = sign(null, Buffer.from(signingText(request)), privateKey).toString('base64url')
  return `MSign handle="${handle}" alg="ed25519" ts=${request.timestamp} sig="${signature}"`
}

/** Whether a signature was made by the owner of a key over exactly this request. */
export function verifySignature(request: SignedRequest, signature: Uint8Array, publicKey: KeyObject): boolean {
  return verify(null, Buffer.from(signingText(request)), publicKey, signature)
}

/** Host and port as they are signed: lower case, without the port that the scheme implies. */
export function signedHost(host: string, scheme: 'http' | 'https'): string {
  const impliedPort = scheme === 'https' ? ':443' : ':80'
  const lower = host.toLowerCase()
  return lower.endsWith(impliedPort) ? lower.slice(0, -impliedPort.length) : lower
}

const PARAMETER = /^(handle|alg|sig)="([^"]*)"$|^(ts)=(\d{1,12})$/
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

/**
 * Reads an `Authorization` header, strictly: the scheme, then each of the four parameters once, divided by blanks.
 *
 * @throws SIGNATURE_REFUSED naming the part that is wrong
 */
export function parseAuthorization(header: string): Authorization {
  const [scheme = '', ...parts] = header.trim().split(/ +/)
  if (scheme.toLowerCase() !== 'msign') throw refused(`the scheme is ${quote(scheme)}, not MSign.`)
  const parameters = new Map<string, string>()
  for (const part of parts) {
    const match = PARAMETER.exec(part)
    if (match === null) throw refused(`${quote(part)} is no parameter of MSign.`)
    const name = (match[1] ?? match[3]) as string
    if (parameters.has(name)) throw refused(`${name} stands twice.`)
    parameters.set(name, (match[2] ?? match[4]) as string)
  }
  const read = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined) throw refused(`${name} is missing.`)
    return value
  }
  const handle = read('handle')
  if (!isSpaceName(handle)) throw refused(`${quote(handle)} is no handle.`)
  const algorithm = read('alg')
  if (algorithm !== 'ed25519') throw refused(`the algorithm ${quote(algorithm)} is not ed25519.`)
  const timestamp = Number(read('ts'))
  const signature = read('sig')
  if (!SIGNATURE.test(signature)) throw refused('sig is not the base64url of 64 bytes.')
  return { handle, timestamp, signature: Buffer.from(signature, 'base64url') }
}

/**
 * Refuses a signature that was not made now.
 *
 * @param now the verifier's clock, milliseconds
 * @throws SIGNATURE_REFUSED
 */
export function assertFresh(timestamp: number, now: number): void {
  const seconds = Math.round(timestamp - now / 1000)
  if (Math.abs(timestamp - Math.floor(now / 1000)) > SIGNATURE_WINDOW_SECONDS) {
    const distance = seconds < 0 ? `${-seconds} s behind` : `${seconds} s ahead of`
    throw refused(`its time is ${distance} this hub’s clock; ${SIGNATURE_WINDOW_SECONDS} s are allowed.`)
  }
}

function refused(problem: string): Error {
  return coordError('SIGNATURE_REFUSED', problem)
}
