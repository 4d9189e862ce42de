import { createParser } from 'eventsource-parser'
import { CoordError, coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { hubFetch } from './fetch.js'
import { hubRefusal } from './refusal.js'
import { networkProblem, readBounded } from './request.js'

export interface CursorStreamRequest {
  readonly url: string
  /** Path and query, for sentences. */
  readonly target: string
  readonly headers: Record<string, string>
  /** Ends the stream. */
  readonly signal: AbortSignal
}

/** A hub sends a comment every 15 seconds; a stream that is silent for three of them is dead. */
const SILENCE_SECONDS = 45
/** What goes on without an event is no stream of a hub: days of comments come to less. */
const MAX_BYTES_WITHOUT_EVENT = 1024 * 1024

/**
 * Reads a stream of server-sent events that tell where a space ends: `null` when it stands, then each cursor. Ends when
 * the hub ends it.
 *
 * Throws `HUB_UNREACHABLE`, `HUB_TIMEOUT` after 45 silent seconds, `HUB_ANSWER`, `HUB_REDIRECT`, and what a refusal says.
 */
export async function* readCursors({
  url,
  target,
  headers,
  signal,
}: CursorStreamRequest): AsyncGenerator<number | null> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_SECONDS * 1000)
  const either = AbortSignal.any([signal, silence.signal])
  try {
    const options = { headers, signal: either, retry: 0, redirect: 'manual', ignoreResponseError: true } as const
    const response = await hubFetch.raw(url, { ...options, responseType: 'stream' })
    const { status } = response
    const body = response._data as AsyncIterable<Uint8Array> | undefined
    if (status >= 300 && status < 400) throw coordError('HUB_REDIRECT', url, status)
    if (status >= 400) throw await hubRefusal({ status, text: await readBounded(body) }, target)
    const type = response.headers.get('content-type') ?? ''
    if (!type.startsWith('text/event-stream')) throw coordError('HUB_ANSWER', url, `its type is ${quote(type)}`)
    yield null
    for await (const cursor of cursorsIn(body ?? noBytes(), url)) {
      timer.refresh()
      if (cursor !== null) yield cursor
    }
  } catch (error) {
    if (error instanceof CoordError) throw error
    if (signal.aborted) throw coordError('INTERRUPTED')
    if (silence.signal.aborted) throw coordError('HUB_TIMEOUT', url, SILENCE_SECONDS)
    throw coordError('HUB_UNREACHABLE', url, networkProblem(error))
  } finally {
    clearTimeout(timer)
    silence.abort() // What is left of the answer nobody reads.
  }
}

/** The cursors in a body, and `null` for bytes without one: they show that the hub is there. */
async function* cursorsIn(body: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<number | null> {
  const cursors: number[] = []
  const parser = createParser({
    onEvent({ event, id }) {
      if (event === 'cursor' && id !== undefined && /^\d{1,15}$/.test(id)) cursors.push(Number(id))
    },
  })
  const decoder = new TextDecoder()
  let bytesSinceEvent = 0
  for await (const chunk of body) {
    bytesSinceEvent += chunk.byteLength
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (cursors.length > 0) bytesSinceEvent = 0
    if (bytesSinceEvent > MAX_BYTES_WITHOUT_EVENT) throw coordError('HUB_ANSWER', url, 'it streams no events')
    yield* cursors.length === 0 ? [null] : cursors.splice(0)
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
