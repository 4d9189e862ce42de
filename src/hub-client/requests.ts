import { type $Fetch, createFetch, type FetchContext } from 'ofetch'
import { backOffMs } from '../base/back-off.js'
import { CoordError } from '../base/errors.js'
import { type AttemptOptions, createAttempt } from './attempt.js'
import { jsonOrText } from './hub-error.js'

const RETRIES = 3
const FIRST_PAUSE_MS = 250
/** Who is asked to be patient for longer does not sit there and wait. */
const LONGEST_PAUSE_MS = 30_000

/** A hub, or what stands before it, is busy or on its way: the last eight are those of a well-known proxy. */
const PASSING = [408, 429, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527]
/** What ofetch takes a failed attempt without an answer for. As an answer it does not pass. */
const NO_ANSWER = 500

/** The part of `Headers` that ofetch uses: the global one comes with the global `fetch`. */
class HeaderMap extends Map<string, string> {
  constructor(fields: Readonly<Record<string, string>> | Iterable<readonly [string, string]> = {}) {
    super(Symbol.iterator in fields ? fields : Object.entries(fields))
  }
}

/** The way of all requests of one client: relative to the hub's address, tried again where that helps, JSON both ways. */
export function createRequests(options: AttemptOptions): $Fetch {
  return createFetch({
    fetch: createAttempt(options) as unknown as typeof fetch,
    Headers: HeaderMap as unknown as typeof Headers,
    defaults: {
      baseURL: options.hub.base,
      headers: { accept: 'application/json' },
      retry: RETRIES,
      retryStatusCodes: [...PASSING, NO_ANSWER],
      retryDelay: pauseMs,
      parseResponse: jsonOrText,
      onRequestError({ error, options }) {
        // An attempt whose failure has a name fails again: out of time, interrupted, no answer of a hub.
        if (error instanceof CoordError) options.retry = false
      },
      onResponseError({ response, options }) {
        const isTooLong = (retryAfterMs(response) ?? 0) > LONGEST_PAUSE_MS
        if (isTooLong || response.status === NO_ANSWER) options.retry = false
      },
    },
  })
}

function pauseMs({ response, options: { retry } }: FetchContext): number {
  const failures = RETRIES + 1 - Number(retry)
  return Math.max(retryAfterMs(response) ?? 0, backOffMs(failures, FIRST_PAUSE_MS))
}

/** `Retry-After` as RFC 9110 has it: seconds, or a date, which is one of the hub's clock and compared to that alone. */
function retryAfterMs(response: FetchContext['response']): number | null {
  const wanted = response?.headers.get('retry-after') ?? null
  if (wanted === null) return null
  if (/^\d+$/.test(wanted)) return Number(wanted) * 1000
  const pause = Date.parse(wanted) - Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(pause) ? null : Math.max(0, pause)
}
