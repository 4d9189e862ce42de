import http from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { createFetch } from 'ofetch'

/** What ofetch sets on a request before it hands it over. */
interface Request {
  readonly method?: string
  readonly headers: RequestHeaders
  readonly body?: Uint8Array
  readonly signal: AbortSignal
}

/** What ofetch and its callers read of an answer. */
interface Response {
  readonly status: number
  readonly statusText: string
  readonly headers: { get(name: string): string | null }
  readonly body: Readable | null
}

class RequestHeaders extends Map<string, string> {
  constructor(fields: Readonly<Record<string, string>> = {}) {
    super(Object.entries(fields))
  }
}

/**
 * ofetch over Node's own HTTP client, for requests that set `responseType: 'stream'` and `redirect: 'manual'`.
 *
 * The global `fetch` brings a client of its own, which is compiled when it is first used. That takes twice as long as
 * Node takes to start, and nearly every run of this program makes one request.
 */
export const hubFetch = createFetch({
  fetch: requestOverHttp as unknown as typeof fetch,
  Headers: RequestHeaders as unknown as typeof Headers,
  AbortController,
})

async function requestOverHttp(url: string, { method = 'GET', headers, body, signal }: Request): Promise<Response> {
  const { request } = url.startsWith('https:') ? await import('node:https') : http
  const fields = { 'accept-encoding': 'gzip', ...Object.fromEntries(headers) }
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request(url, { method, headers: fields, signal }, resolve).on('error', reject).end(body)
  })
  return {
    status: answer.statusCode as number,
    statusText: answer.statusMessage ?? '',
    headers: { get: (name) => answer.headers[name]?.toString() ?? null },
    body: bodyOf(answer),
  }
}

function bodyOf(answer: http.IncomingMessage): Readable | null {
  const { statusCode = 0, headers } = answer
  if (statusCode === 204 || (statusCode >= 300 && statusCode < 400)) {
    answer.destroy() // Nobody follows, so nobody reads what it says; unread it would hold the connection.
    return null
  }
  if (headers['content-encoding']?.toLowerCase() !== 'gzip') return answer
  // Failures reach the reader through the stream that it reads.
  return pipeline(answer, createGunzip(), () => {})
}
