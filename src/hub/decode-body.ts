import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { coordError, problemOf } from '../base/errors.js'
import { compactText } from '../base/json/compact.js'
import { EACH } from '../base/json/path.js'
import { scanJson } from '../base/json/scan.js'
import { quote } from '../base/quote.js'

const gunzipAsync = promisify(gunzip)

declare module 'fastify' {
  interface FastifyRequest {
    /** See {@link DecodedBody}; `null`: it has no body, or none yet. */
    payloadTexts: DecodedBody['payloadTexts'] | null
  }
}

/** A request's body. */
export interface DecodedBody {
  readonly value: unknown
  /** Of each of its records the payload as its writer spelt it, without blanks between tokens; `undefined`: it has none. */
  readonly payloadTexts: readonly (string | undefined)[]
}

/**
 * The JSON in a request's body.
 *
 * Parsed here and not by the framework: what a payload holds belongs to its writer and passes through, keys like
 * `__proto__` and numbers that no double holds.
 *
 * @param encoding value of `Content-Encoding`
 * @param limit the most bytes after decoding; a gzip bomb is stopped there, while it is decoded
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<DecodedBody> {
  const bytes = await decompress(body, encoding, limit)
  const scan = scanJson(bytes, {}, [['records', EACH, 'payload']])
  if ('fault' in scan) throw coordError('BODY_INVALID', `its body ${scan.fault}.`)
  const payloadTexts = (scan.spans[0] ?? []).map((span) => span && compactText(bytes, span))
  return { value: JSON.parse(bytes.toString('utf8')), payloadTexts }
}

async function decompress(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding.toLowerCase() !== 'gzip') throw coordError('MEDIA_TYPE', `the encoding ${quote(encoding)}`, 'gzip')
  try {
    return await gunzipAsync(body, { maxOutputLength: limit })
  } catch (error) {
    if (isTooLarge(error)) throw coordError('BODY_TOO_LARGE', 'The decoded body', `${limit} bytes`)
    throw coordError('BODY_INVALID', `its body is no gzip: ${problemOf(error)}`)
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}
