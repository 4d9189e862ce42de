import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FEATURES, GZIP_FROM_CHARACTERS } from '../record/protocol.js'
import type { Lot } from './byte-budget.js'
import type { HubContext } from './context.js'
import type { PagePart } from './read-page.js'

const FEATURES_JSON = JSON.stringify(FEATURES)

const gzipAsync = promisify(gzip)

/**
 * Answers with a page. One of a single part goes out whole; of a longer one each part is read when the reader has taken the one
 * before. What waits to be taken counts against the hub's budget of answers. Rejects with `HUB_BUSY`.
 *
 * @param first the page's first part
 */
export async function answerPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { answers, metrics, store }: HubContext,
  first: PagePart,
  rest: AsyncIterable<PagePart>,
): Promise<string | Buffer | Readable> {
  const who = { address: request.ip, handle: request.handle }
  const lot = answers.open(who, () => request.raw.destroy())
  reply.raw.once('close', () => lot.close())
  reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('vary', 'accept-encoding')
  const textOf = ({ recordsJson, count, end }: PagePart): string => {
    metrics.pulled.inc(count)
    return end === null ? recordsJson : `${recordsJson}${behind(end, store.epoch)}`
  }
  const begin = `{"records":[${textOf(first)}`
  lot.hold(begin.length)
  const packs = isFar(request) && (first.end === null || begin.length >= GZIP_FROM_CHARACTERS)
  if (packs) reply.header('content-encoding', 'gzip')
  if (first.end !== null) return packs ? gzipAsync(begin, { level: 1 }) : begin
  const parts = Readable.from(partsOf(begin, rest, textOf, lot), { objectMode: false, highWaterMark: 1 })
  if (!packs) return parts
  const packed = createGzip({ level: 1 })
  parts.on('error', (fault) => packed.destroy(fault)).pipe(packed)
  packed.once('close', () => parts.destroy())
  return packed
}

/** Asked for the next part, it takes the one before as sent. */
async function* partsOf(
  begin: string,
  rest: AsyncIterable<PagePart>,
  textOf: (part: PagePart) => string,
  lot: Lot,
): AsyncGenerator<Buffer> {
  yield Buffer.from(begin)
  let kept = begin.length
  for await (const part of rest) {
    const separator = part.recordsJson === '' ? '' : ','
    const bytes = Buffer.from(separator + textOf(part))
    lot.pass(kept)
    lot.release(kept)
    lot.hold(bytes.length)
    kept = bytes.length
    yield bytes
  }
}

function behind({ cursor, hasMore, floorId, now }: NonNullable<PagePart['end']>, epoch: string): string {
  const time = new Date(now).toISOString()
  return `],"cursor":${cursor},"has_more":${hasMore},"floor_id":${floorId},"epoch":"${epoch}","now":"${time}","features":${FEATURES_JSON}}`
}

/** Packed is for those who are far away; on the same machine it would only cost time. */
function isFar(request: FastifyRequest): boolean {
  const isNear = /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '')
  return !isNear && /\bgzip\b/.test(String(request.headers['accept-encoding']))
}
