import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { coordError, problemOf } from '../base/errors.js'
import { quote } from '../base/quote.js'

const gunzipAsync = promisify(gunzip)

/**
 * The JSON in a request's body.
 *
 * Parsed here and not by the framework: keys like `__proto__` in a payload belong to its writer and pass through
 * (`JSON.parse` makes them plain properties).
 *
 * @param encoding value of `Content-Encoding`
 * @param limit the most bytes after decoding; a gzip bomb is stopped there, while it is decoded
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<unknown> {
  const bytes = await decompress(body, encoding, limit)
  if (!isUtf8(bytes)) throw coordError('BODY_INVALID', 'its body is not UTF-8.')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw coordError('BODY_INVALID', `its body is no JSON: ${problemOf(error)}`)
  }
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
