import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FEATURES, GZIP_FROM_CHARACTERS } from '../record/protocol.js'
import { proven } from './beneficiary.js'
import type { Lot } from './byte-budget.js'
import type { HubContext } from './context.js'
import { type PageEnd, type PagePart, READ_AHEAD_BYTES } from './read-page.js'
import { whenOver } from './when-over.js'

const FEATURES_JSON = JSON.stringify(FEATURES)

const gzipAsync = promisify(gzip)

/**
 * Makes room for the first part of a page before it is read, so that nothing is read for who would not get it. Throws
 * `HUB_BUSY`.
 */
export function makeRoomForPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { answers }: Pick<HubContext, 'answers'>,
): Lot {
  const lot = answers.open(proven(request), () => request.raw.destroy())
  whenOver(request.raw, reply.raw, () => lot.close())
  lot.hold(READ_AHEAD_BYTES)
  return lot
}

interface PageInHand {
  /** Of {@link makeRoomForPage}. */
  readonly lot: Lot
  readonly first: PagePart
  /** The parts behind it. */
  readonly rest: AsyncIterator<PagePart>
  /** Called with the length of each part that was read. */
  readonly onBytes: (count: number) => void
}

/**
 * Answers with a page. One of a single part goes out whole; of a longer one each part is read when the reader has taken the one
 * before. What waits to be taken counts against the hub's budget of answers. Rejects with `HUB_BUSY`.
 */
export async function answerPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics }: HubContext,
  { lot, first, rest, onBytes }: PageInHand,
): Promise<Buffer | Readable> {
  reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('vary', 'accept-encoding')
  const textOf = ({ recordsJson, count, end }: PagePart): string => {
    metrics.pulled.inc(count)
    return end === null ? recordsJson : `${recordsJson}${behind(end)}`
  }
  // Bytes and no text: those lie outside of the heap, once, and text would lie in it as it was put together as well.
  const begin = Buffer.from(`{"records":[${textOf(first)}`)
  lot.release(READ_AHEAD_BYTES)
  lot.hold(begin.length)
  onBytes(begin.length)
  const packs = isFar(request) && (first.end === null || begin.length >= GZIP_FROM_CHARACTERS)
  if (packs) reply.header('content-encoding', 'gzip')
  if (first.end !== null) return packs ? gzipAsync(begin, { level: 1 }) : begin
  const parts = Readable.from(partsOf([begin], { rest, textOf, lot, onBytes }), { objectMode: false, highWaterMark: 1 })
  if (!packs) return parts
  const packed = createGzip({ level: 1 })
  parts.on('error', (fault) => packed.destroy(fault)).pipe(packed)
  packed.once('close', () => parts.destroy())
  return packed
}

/** Parts of an answer that are kept at once: one that is being taken, and one that is read ahead by the stream. */
const PARTS_KEPT = 2

/**
 * The parts as bytes. Asked for a further one, it takes the one before those that are kept as sent. It keeps nothing of them itself.
 *
 * @param begin the first one, which is taken out of there
 */
async function* partsOf(
  begin: Buffer[],
  { rest, textOf, lot, onBytes }: Omit<PageInHand, 'first'> & { readonly textOf: (part: PagePart) => string },
): AsyncGenerator<Buffer> {
  const kept: number[] = []
  const next = async (): Promise<Buffer[]> => {
    const first = begin.pop()
    if (first !== undefined) {
      kept.push(first.length)
      return [first]
    }
    const { done, value: part } = await rest.next()
    if (done) return []
    const separator = part.recordsJson === '' ? '' : ','
    const bytes = Buffer.from(separator + textOf(part))
    if (kept.length === PARTS_KEPT) {
      const sent = kept.shift() as number
      lot.pass(sent)
      lot.release(sent)
    }
    lot.hold(bytes.length)
    onBytes(bytes.length)
    kept.push(bytes.length)
    return [bytes]
  }
  for (let part = await next(); part.length > 0; part = await next()) yield part.pop() as Buffer
}

function behind({ cursor, hasMore, floorId, now, epoch, position, follows }: PageEnd): string {
  const end = {
    cursor,
    has_more: hasMore,
    floor_id: floorId,
    epoch,
    position,
    follows,
    now: new Date(now).toISOString(),
  }
  return `],${JSON.stringify(end).slice(1, -1)},"features":${FEATURES_JSON}}`
}

/** Packed is for those who are far away; on the same machine it would only cost time. */
function isFar(request: FastifyRequest): boolean {
  const isNear = /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '')
  return !isNear && /\bgzip\b/.test(String(request.headers['accept-encoding']))
}
