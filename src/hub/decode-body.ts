import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { problemOf } from '../base/errors.js'
import { compactText } from '../base/json/compact.js'
import { EACH, type Span } from '../base/json/path.js'
import { type JsonLimits, MAX_DEPTH, scanJson, scanJsonInTurns } from '../base/json/scan.js'
import { OPEN_LIST, OPEN_OBJECT, QUOTE } from '../base/json/tokens.js'
import { quote } from '../base/quote.js'
import { INFLATION_FREE_BYTES, MAX_INFLATION, MAX_PUSH_RECORDS } from '../record/protocol.js'
import { MAX_PAYLOAD_BYTES, MAX_RECORD_BYTES } from '../record/record.js'
import { refusal } from './refusal.js'

const gunzipAsync = promisify(gunzip)

declare module 'fastify' {
  interface FastifyRequest {
    /** See {@link DecodedBody}; `null`: it has no body, or none yet. */
    recordTexts: DecodedBody['recordTexts'] | null
  }
}

/** A request's body. */
export interface DecodedBody {
  /** Without the content of its records' payloads: an object stands there as an empty one. */
  readonly value: unknown
  /** Of each of its records what was kept as text. */
  readonly recordTexts: readonly RecordText[]
  /** After decompression. */
  readonly bytes: number
}

export interface RecordText {
  /** The payload as its writer spelt it, without blanks between tokens; `undefined`: it has none. */
  readonly payload: string | undefined
  /** What stands around it, in bytes. */
  readonly bytesAround: number
  /** Whether its payload may be nested deeper than payloads may be. */
  readonly mayBeDeep: boolean
}

/** A record can be nested as deep as its bytes allow, and is then refused alone. */
const LIMITS: JsonLimits = { depth: MAX_RECORD_BYTES / 2, elements: 10 * MAX_PUSH_RECORDS }

/** What is parsed of a body: of each record fifty values around its payload, where ten are known. */
const LIMITS_OF_FRAME: JsonLimits = { values: 50 * MAX_PUSH_RECORDS }

/** What may stand around a payload: kind, ids and times, and what later versions add. */
export const MAX_BYTES_AROUND = MAX_RECORD_BYTES - MAX_PAYLOAD_BYTES

/** Longer than the name of any record, with its quotes. */
const MAX_NAME_BYTES = 256

/** How a body is decoded. */
interface Decoding {
  /** Value of `Content-Encoding`. */
  readonly encoding: string | undefined
  /** The most bytes after decoding; a gzip bomb is stopped there, while it is decoded. */
  readonly limit: number
  /** Resolves when a long one may go on, after a few milliseconds of work. */
  readonly turn: () => Promise<void>
}

/** Of payloads: a few milliseconds, in which nobody else is served. */
const BYTES_A_TURN = 1024 * 1024

/** Levels around a payload: body, records, record. */
const LEVELS_AROUND = 3

/**
 * The JSON in a request's body.
 *
 * Parsed here and not by the framework: what a payload holds belongs to its writer and passes through, keys like
 * `__proto__` and numbers that no double holds. So payloads are cut out and never parsed; it is what they hold that a body can
 * be made of to cost a hundred times what it cost to send.
 */
export async function decodeBody(body: Buffer, { encoding, limit, turn }: Decoding): Promise<DecodedBody> {
  const bytes = await decompress(body, encoding, limit)
  const paths = [
    ['records', EACH],
    ['records', EACH, 'payload'],
  ]
  const outline = await scanJsonInTurns(bytes, LIMITS, paths, turn)
  if ('fault' in outline) throw refusalOf(outline.fault, outline.limit)
  const [records = [], payloads = []] = outline.spans
  const frame = frameOf(bytes, records, payloads)
  const frameOutline = scanJson(frame, LIMITS_OF_FRAME)
  if ('fault' in frameOutline) throw refusalOf(frameOutline.fault, frameOutline.limit)
  const mayBeDeep = outline.depth > MAX_DEPTH + LEVELS_AROUND
  const recordTexts: RecordText[] = []
  let compacted = 0
  for (const [index, record] of records.entries()) {
    const payload = payloads[index]
    compacted += lengthOf(payload)
    if (compacted > BYTES_A_TURN) {
      await turn()
      compacted = 0
    }
    recordTexts.push({
      payload: payload && compactText(bytes, payload),
      bytesAround: lengthOf(record) - lengthOf(payload),
      mayBeDeep,
    })
  }
  return { value: JSON.parse(frame.toString('utf8')), recordTexts, bytes: bytes.length }
}

function refusalOf(fault: string, limit: keyof JsonLimits | null): Error {
  const isTooMuch = limit === 'elements' || limit === 'values'
  return isTooMuch
    ? refusal('BODY_TOO_LARGE', `A body that ${fault}`, `${MAX_PUSH_RECORDS} records`)
    : refusal('BODY_INVALID', `its body ${fault}.`)
}

/**
 * The document with an empty value of the same type in the place of each payload. A record with too much around its payload is
 * refused unread, so only its name is left of it.
 */
function frameOf(
  bytes: Buffer,
  records: readonly (Span | undefined)[],
  payloads: readonly (Span | undefined)[],
): Buffer {
  const parts: Buffer[] = []
  let from = 0
  const replace = ({ start, end }: Span, by: Buffer): void => {
    parts.push(bytes.subarray(from, start), by)
    from = end
  }
  for (const [index, record] of records.entries()) {
    const payload = payloads[index]
    if (record !== undefined && lengthOf(record) - lengthOf(payload) > MAX_BYTES_AROUND) {
      replace(record, nameOf(bytes.subarray(record.start, record.end)))
    } else if (payload !== undefined) {
      const empty = EMPTY.get(bytes[payload.start])
      if (empty !== undefined) replace(payload, empty)
    }
  }
  return Buffer.concat([...parts, bytes.subarray(from)])
}

/** Of a record only its kind and id, as far as they are short. */
function nameOf(record: Buffer): Buffer {
  const outline = scanJson(record, {}, [['kind'], ['record_id']])
  const [kind, recordId] = 'spans' in outline ? outline.spans.map(([span]) => span) : []
  const fields = Object.entries({ kind, record_id: recordId }).flatMap(([name, span]) =>
    span !== undefined && lengthOf(span) <= MAX_NAME_BYTES
      ? [`"${name}":${record.toString('utf8', span.start, span.end)}`]
      : [],
  )
  return Buffer.from(`{${fields.join(',')}}`)
}

/** By the first byte of a value. A number or a word costs nothing to parse. */
const EMPTY: ReadonlyMap<number | undefined, Buffer> = new Map([
  [OPEN_OBJECT, Buffer.from('{}')],
  [OPEN_LIST, Buffer.from('[]')],
  [QUOTE, Buffer.from('""')],
])

function lengthOf(span: Span | undefined): number {
  return span === undefined ? 0 : span.end - span.start
}

/** The most bytes that a body can have once it is decoded. */
export function mostBytes(body: Buffer, encoding: string | undefined, limit: number): number {
  if (encoding === undefined || encoding === 'identity') return body.length
  return Math.min(limit, Math.max(INFLATION_FREE_BYTES, body.length * MAX_INFLATION))
}

async function decompress(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding.toLowerCase() !== 'gzip') throw refusal('MEDIA_TYPE', `the encoding ${quote(encoding)}`, 'gzip')
  const most = mostBytes(body, encoding, limit)
  try {
    return await gunzipAsync(body, { maxOutputLength: most })
  } catch (error) {
    if (!isTooLarge(error)) throw refusal('BODY_INVALID', `its body is no gzip: ${problemOf(error)}`)
    const bound = most < limit ? `${MAX_INFLATION} times what was sent; send it as it is` : `${limit} bytes`
    throw refusal('BODY_TOO_LARGE', 'The decoded body', bound)
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}
