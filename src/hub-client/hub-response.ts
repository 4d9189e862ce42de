import { coordError } from '../base/errors.js'
import { EACH, type Span } from '../base/json/path.js'
import { type JsonLimits, scanJsonInTurns } from '../base/json/scan.js'
import { quote } from '../base/quote.js'
import { MAX_ANSWER_BYTES, MAX_PAGE } from '../record/protocol.js'
import { MAX_RECORD_BYTES } from '../record/record.js'
import type { FetchedResponse } from './http-fetch.js'

/** A whole answer, as much of a `Response` as ofetch and its callers need. */
export interface HubResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: { get(name: string): string | null }
  /** The text; a stream where one was asked for and granted. */
  readonly body: string | AsyncIterable<Uint8Array>
  text(): Promise<string>
  /** The bytes of the text; none of a stream. */
  readonly content: Buffer
  /** Where in them the elements of `records` lie. */
  readonly records: readonly (Span | undefined)[]
}

/**
 * A record can be nested as deep as its bytes allow, and is then refused alone. What is beyond that was made to keep its reader
 * busy, and deaf to who interrupts it: a hub's page of a MiB, and the record that takes it past that, holds 700,000 values at most,
 * which take JSON.parse a third of a second.
 */
const ANSWER_LIMITS: JsonLimits = { depth: MAX_RECORD_BYTES / 2, values: 750_000, elements: 10 * MAX_PAGE }

/**
 * Reads an answer to its end, counting what comes out of the decompression, and looks through it before anybody parses it.
 * A refusal may be any text. Rejects with `HUB_ANSWER`, or as the body does.
 */
export async function readWhole(
  { status, statusText, headers, body }: FetchedResponse,
  url: string,
): Promise<HubResponse> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES)
      throw coordError('HUB_ANSWER', url, `it is over ${MAX_ANSWER_BYTES / 1024 / 1024} MiB.`)
    chunks.push(chunk)
  }
  const whole = Buffer.concat(chunks)
  const text = whole.toString('utf8')
  const outline = await scanJsonInTurns(whole, ANSWER_LIMITS, [['records', EACH]])
  if ('fault' in outline) {
    if (outline.limit !== null) throw coordError('HUB_ANSWER', url, `it ${outline.fault}.`)
    if (status < 400)
      throw coordError('HUB_ANSWER', url, text === '' ? 'it is empty.' : `it is no JSON: ${quote(text)}`)
  }
  const records = 'spans' in outline ? (outline.spans[0] ?? []) : []
  return { status, statusText, headers, body: text, text: async () => text, content: whole, records }
}

/** An answer that is read as it comes. */
export function streamed({ status, statusText, headers, body }: FetchedResponse): HubResponse {
  return {
    status,
    statusText,
    headers,
    body: body ?? noBytes(),
    text: async () => '',
    content: Buffer.alloc(0),
    records: [],
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
