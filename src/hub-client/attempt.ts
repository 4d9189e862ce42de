import type { KeyObject } from 'node:crypto'
import { CONTENT_DIGEST, contentDigest, sha256Of } from '../auth/content-digest.js'
import { signRequest } from '../auth/msign.js'
import type { Clock } from '../base/clock.js'
import { endingWith } from '../base/ending-with.js'
import { CoordError, coordError } from '../base/errors.js'
import { nodeZlib } from '../base/node-zlib.js'
import type { HubUrl } from '../record/hub-url.js'
import { GZIP_FROM_CHARACTERS, HUB_FIELDS, INFLATION_FREE_BYTES, MAX_INFLATION } from '../record/protocol.js'
import type { Fetch } from './http-fetch.js'
import { saidIn } from './hub-error.js'
import { type HubResponse, readWhole, streamed } from './hub-response.js'
import { HubTime } from './hub-time.js'
import { hubNonce } from './identity/ask-hub-key.js'
import type { KnownHub } from './identity/known-hub.js'

/** A body of fewer characters costs both sides more to compress than to send to a hub of this machine. */
const GZIP_NEAR_FROM_CHARACTERS = 16_384

/** So many seconds may a signature be ahead of the time, by others of the same text that had acted. */
const MOST_AGAIN = 5

/** Who signs. */
export interface Signer {
  readonly handle: string
  readonly privateKey: KeyObject
  /** The key that a rotation has begun to put in the place of this one: tried where the hub takes this one no more. */
  readonly nextKey?: () => KeyObject
}

export interface AttemptOptions {
  readonly hub: HubUrl
  /** `null`: requests go unsigned. */
  readonly signer: Signer | null
  readonly clock: Clock
  /** For a whole answer; a stream is ended by its signal alone. */
  readonly timeoutSeconds: number
  /** What the attempt goes through. */
  readonly fetch: Fetch
  /** Judges whether the hub is the one that is known; `null`: whoever answers is believed. */
  readonly known: KnownHub | null
}

/** What ofetch hands over. */
interface AttemptRequest {
  readonly method?: string
  readonly headers: Iterable<readonly [string, string]>
  /** JSON */
  readonly body?: string
  readonly signal: AbortSignal
  readonly responseType?: string
}

/**
 * The `fetch` under ofetch: one attempt at a request, with a time limit and a signature of its own, done when the whole
 * answer is there. A hub that refuses the signature for its time is believed, and asked once more.
 *
 * Rejects with an error of the table where another attempt makes no sense, and as the `fetch` beneath where it failed.
 */
export function createAttempt({ hub, signer, clock, timeoutSeconds, fetch, known }: AttemptOptions) {
  const time = new HubTime(clock, hub.host)
  let privateKey = signer?.privateKey

  return async (url: string, { method = 'GET', headers, body, signal, responseType }: AttemptRequest) => {
    if (signer !== null && !hub.isSafeForCredentials) throw coordError('HUB_INSECURE', hub.base)
    const isStream = responseType === 'stream'
    const limit = isStream ? null : AbortSignal.timeout(timeoutSeconds * 1000)
    // A stream goes on after this: it is ended by its own signal.
    const ending = limit === null ? { signal, end() {} } : endingWith(signal, limit)
    const content = encoded(body, isNear(hub) ? GZIP_NEAR_FROM_CHARACTERS : GZIP_FROM_CHARACTERS)
    const sha256 = sha256Of(content.bytes ?? '')
    const { pathname, search } = new URL(url)

    const send = async (at: number, key = privateKey): Promise<HubResponse> => {
      const signed = { method, host: hub.host, target: pathname + search, timestamp: Math.floor(at / 1000) }
      const authorization = signer && key && signRequest({ ...signed, body: { sha256 } }, signer.handle, key)
      const nonceHex = known && hubNonce()
      const response = await fetch(url, {
        method,
        headers: {
          ...Object.fromEntries(headers),
          ...content.headers,
          ...(authorization && { authorization }),
          ...(authorization && content.bytes && { [CONTENT_DIGEST]: contentDigest(sha256) }),
          ...(nonceHex !== null && { [HUB_FIELDS.nonce]: nonceHex }),
        },
        ...(content.bytes && { body: content.bytes }),
        signal: ending.signal,
        redirect: 'manual',
      })
      const { status } = response
      if (status >= 300 && status < 400) throw coordError('HUB_REDIRECT', url, status)
      if (nonceHex !== null) known?.check(response, nonceHex)
      return isStream && status < 400 ? streamed(response) : readWhole(response, url)
    }

    try {
      if (signer !== null) await known?.assure(fetch, ending.signal)
      let signedAt = time.now()
      let response = await send(signedAt)
      if (signer === null) return response
      if (response.status === 401 && time.learn(saidIn(response.body).now, signedAt)) {
        signedAt = time.now()
        response = await send(signedAt)
      }
      for (let again = 0; again < MOST_AGAIN && isUsed(response); again++) {
        signedAt = Math.max(signedAt + 1000, time.near(saidIn(response.body).now, signedAt))
        response = await send(signedAt)
      }
      if (response.status === 401 && signer.nextKey !== undefined && privateKey === signer.privateKey) {
        const nextKey = signer.nextKey()
        const another = await send(signedAt, nextKey)
        if (another.status === 401) return response
        privateKey = nextKey
        return another
      }
      return response
    } catch (error) {
      if (error instanceof CoordError) throw error
      if (signal.aborted) throw coordError('INTERRUPTED')
      if (limit?.aborted) throw coordError('HUB_TIMEOUT', url, timeoutSeconds)
      known?.missed(error)
      throw error
    } finally {
      ending.end()
    }
  }
}

/** Whether the same was asked within the same second before: the signatures of both are one, and have acted. */
function isUsed({ status, body }: HubResponse): boolean {
  return status === 401 && saidIn(body).status === 'signature_used'
}

/** Whether it listens on this machine. */
function isNear({ origin, isSafeForCredentials }: HubUrl): boolean {
  return isSafeForCredentials && origin.startsWith('http:')
}

/** What travels: larger texts compressed, unless they pack so well that a hub would take them for an attack. */
function encoded(
  text: string | undefined,
  from: number,
): { bytes?: Buffer<ArrayBuffer>; headers?: Record<string, string> } {
  if (text === undefined) return {}
  if (text.length < from) return { bytes: Buffer.from(text) }
  const bytes = nodeZlib().gzipSync(text, { level: 1 })
  const length = Buffer.byteLength(text)
  if (length > INFLATION_FREE_BYTES && length > bytes.length * MAX_INFLATION) return { bytes: Buffer.from(text) }
  return { bytes, headers: { 'content-encoding': 'gzip' } }
}
