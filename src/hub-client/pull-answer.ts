import { coordError } from '../base/errors.js'
import { compactText } from '../base/json/compact.js'
import type { Span } from '../base/json/path.js'
import { timeOf } from '../base/timestamp.js'
import type { PullAnswer } from '../record/protocol.js'
import type { HubResponse } from './hub-response.js'

/** A pull's answer as it came: the records are still unchecked, in the spelling of the wire. A plain hub leaves things out. */
export type RawPullAnswer = Pick<PullAnswer, 'cursor' | 'floorId'> & {
  records: unknown[]
  /** Of each record the text that the hub sent: each token as it is spelt, no blanks between them. */
  texts: readonly string[]
  hasMore: boolean | undefined
  epoch: string | undefined
  /** The hub's time when it looked: milliseconds since 1970; `null`: it does not tell. */
  now: number | null
  /** What the hub announces; empty: nothing. */
  features: readonly string[]
  /** See `InHistory`. */
  follows: boolean | undefined
  /** How large the answer was. */
  bytes: number
}

/** What `pullAnswerSchema` lets through. */
export interface RawPage {
  records: unknown[]
  cursor: number
  has_more?: boolean
  floor_id?: number
  epoch?: string
  now?: unknown
  features?: string[]
  position?: string
  follows?: boolean
}

/** Of a page that is made ready: a few milliseconds. */
const BYTES_A_TURN = 1024 * 1024

/** Reads a page that has passed its schema. Rejects with `INTERRUPTED`. */
export async function readPullAnswer(
  { records, cursor, has_more: hasMore, floor_id: floorId = 0, epoch, now, features = [], follows }: RawPage,
  { content, records: spans }: HubResponse,
  signal: AbortSignal,
): Promise<RawPullAnswer> {
  const texts: string[] = []
  let sinceTurn = BYTES_A_TURN
  for (const span of spans as readonly Span[]) {
    if (sinceTurn >= BYTES_A_TURN) {
      // A page of a false hub can be large enough for seconds, in which no interrupt would be heard.
      await new Promise(setImmediate)
      if (signal.aborted) throw coordError('INTERRUPTED')
      sinceTurn = 0
    }
    sinceTurn += span.end - span.start
    texts.push(compactText(content, span))
  }
  return { records, texts, cursor, hasMore, floorId, epoch, now: timeOf(now), features, follows, bytes: content.length }
}
