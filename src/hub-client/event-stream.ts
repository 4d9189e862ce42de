import { createParser } from 'eventsource-parser'
import type { $Fetch } from 'ofetch'
import { endingWith } from '../base/ending-with.js'
import { CoordError, coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { hubError, noAnswer } from './hub-error.js'

export interface CursorStreamRequest {
  /** Path of the stream at the hub. */
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  /** The address, for sentences. */
  readonly url: string
  /** Who signs; `null`: nobody. */
  readonly handle: string | null
  /** Ends the stream. */
  readonly signal: AbortSignal
}

/** A hub sends a comment every 15 seconds; a stream that is silent for three of them is dead. */
const SILENCE_SECONDS = 45
/** What goes on without an event is no stream of a hub: days of comments come to less. */
const MAX_BYTES_WITHOUT_EVENT = 1024 * 1024

/**
 * Reads a stream of server-sent events that tell where a space ends: `null` when it stands, then each cursor. Ends when
 * the hub ends it; a stream that is silent for 45 seconds fails with `HUB_TIMEOUT`.
 */
export async function* readCursors(
  requests: $Fetch,
  { path, query, url, handle, signal }: CursorStreamRequest,
): AsyncGenerator<number | null> {
  const ending = endingWith(signal)
  let isSilent = false
  const timer = setTimeout(() => {
    isSilent = true
    ending.end()
  }, SILENCE_SECONDS * 1000)
  try {
    const response = await requests.raw(path, {
      query,
      headers: { accept: 'text/event-stream' },
      responseType: 'stream',
      retry: 0,
      signal: ending.signal,
    })
    const type = response.headers.get('content-type') ?? ''
    if (!type.startsWith('text/event-stream')) throw coordError('HUB_ANSWER', url, `its type is ${quote(type)}`)
    yield null
    for await (const cursor of cursorsIn(response.body as unknown as AsyncIterable<Uint8Array>, url)) {
      timer.refresh()
      if (cursor !== null) yield cursor
    }
  } catch (thrown) {
    if (signal.aborted) throw coordError('INTERRUPTED')
    if (isSilent) throw coordError('HUB_TIMEOUT', url, SILENCE_SECONDS)
    const error = await hubError(thrown, handle)
    throw error instanceof CoordError ? error : noAnswer(url, error)
  } finally {
    clearTimeout(timer)
    ending.end() // What is left of the answer nobody reads.
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
