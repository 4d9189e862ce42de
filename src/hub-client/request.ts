import { setTimeout as sleep } from 'node:timers/promises'
import { coordError, problemOf } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { MAX_ANSWER_BYTES } from '../record/protocol.js'
import { hubFetch } from './fetch.js'

/** One request to a hub, ready to be sent. */
export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly body?: Uint8Array | undefined
  /** Made anew for each try: a signature ages. */
  readonly headers: () => Record<string, string>
  /** For the whole answer, body included, of one try. */
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
}

/** What came back: the status and the whole body. */
export interface HubResponse {
  readonly status: number
  readonly text: string
}

const TRIES = 4
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
const TRANSIENT = new Set([429, 502, 503, 504])

/**
 * Sends a request and reads the answer, a bounded one in bounded time. Transient failures (the network, 429, 502–504)
 * are tried again with back-off, or when `Retry-After` says. Redirects are refused.
 *
 * Rejects with `HUB_UNREACHABLE`, `HUB_TIMEOUT`, `HUB_REDIRECT`, `HUB_ANSWER` (over 64 MiB) or `INTERRUPTED`; any
 * status else is the caller's to judge.
 */
export async function sendHubRequest(request: HubRequest): Promise<HubResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(request)
    const pause = attempt < TRIES ? pauseAfter(outcome, attempt) : null
    if (pause === null) {
      if (outcome instanceof Error) throw outcome
      return outcome
    }
    await sleep(pause, undefined, request.signal ? { signal: request.signal } : {}).catch(() => {
      throw coordError('INTERRUPTED')
    })
  }
}

/** `retryAfterMs`: what the hub asks for; `null`: nothing. */
type Outcome = (HubResponse & { retryAfterMs: number | null }) | Error

async function tryOnce(request: HubRequest): Promise<Outcome> {
  const limit = AbortSignal.timeout(request.timeoutSeconds * 1000)
  try {
    const response = await hubFetch.raw(request.url, {
      method: request.method,
      headers: request.headers(),
      // ofetch's own time limit ends with the headers, and its retries know neither Retry-After nor a fresh signature.
      signal: request.signal ? AbortSignal.any([request.signal, limit]) : limit,
      retry: 0,
      redirect: 'manual',
      ignoreResponseError: true,
      responseType: 'stream',
      ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
    })
    if (response.status >= 300 && response.status < 400) {
      return coordError('HUB_REDIRECT', request.url, response.status)
    }
    const text = await readBounded(response._data as AsyncIterable<Uint8Array> | undefined)
    return { status: response.status, text, retryAfterMs: retryAfterMs(response.headers) }
  } catch (error) {
    if (request.signal?.aborted) throw coordError('INTERRUPTED')
    if (limit.aborted) throw coordError('HUB_TIMEOUT', request.url, request.timeoutSeconds)
    if (error instanceof AnswerTooLarge) throw coordError('HUB_ANSWER', request.url, error.message)
    return coordError('HUB_UNREACHABLE', request.url, networkProblem(error))
  }
}

class AnswerTooLarge extends Error {}

/** Counts what comes out of the decompression, so that a small answer cannot unpack to fill the memory. */
export async function readBounded(body: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new AnswerTooLarge(`it is over ${MAX_ANSWER_BYTES / 1024 / 1024} MiB.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Milliseconds to wait before the next try, or `null` when another one makes no sense. */
function pauseAfter(outcome: Outcome, attempt: number): number | null {
  const backOff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)
  if (outcome instanceof Error) return (outcome as { code?: unknown }).code === 'HUB_UNREACHABLE' ? backOff : null
  if (!TRANSIENT.has(outcome.status)) return null
  const { retryAfterMs: asked } = outcome
  if (asked === null) return backOff
  return asked <= LONGEST_PAUSE_MS ? Math.max(asked, backOff) : null
}

/** `Retry-After` as RFC 9110 has it: seconds, or a date, which is one of the hub's clock and compared to that alone. */
function retryAfterMs(headers: Headers): number | null {
  const wanted = headers.get('retry-after')
  if (wanted === null) return null
  if (/^\d+$/.test(wanted)) return Number(wanted) * 1000
  const pause = Date.parse(wanted) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(pause) ? null : Math.max(0, pause)
}

/** fetch hides what happened in a chain of causes, the innermost of which says it. */
export function networkProblem(error: unknown): string {
  let innermost = error
  while (typeof innermost === 'object' && innermost !== null && 'cause' in innermost && innermost.cause) {
    innermost = innermost.cause
  }
  const { code } = innermost as { code?: unknown }
  const problem = problemOf(innermost)
  return typeof code === 'string' && !problem.includes(code)
    ? `${problem || 'failed'} (${code})`
    : problem || quote(code)
}
