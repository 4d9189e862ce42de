import { createHash } from 'node:crypto'
import { coordError } from '../base/errors.js'

/** In lower case: by it a hub proves a signature from a request's head, before it takes a byte of the body. */
export const CONTENT_DIGEST = 'content-digest'

/** The SHA-256 of what is sent, in hex. */
export function sha256Of(body: Uint8Array | string): string {
  return createHash('sha256').update(body).digest('hex')
}

/**
 * The value of `Content-Digest` (RFC 9530, 2).
 *
 * @param sha256 in hex
 */
export function contentDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`
}

const SHA256_MEMBER = /^\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*$/

/**
 * The SHA-256 that a `Content-Digest` names, in hex; `null`: it names other hashes alone.
 *
 * @throws BODY_INVALID for one that cannot be read, or stands twice
 */
export function sha256In(header: string): string | null {
  const members = header.split(',').filter((member) => /^\s*sha-256=/i.test(member))
  if (members.length === 0) return null
  const [, hash] = SHA256_MEMBER.exec(members[0] as string) ?? []
  if (members.length > 1 || hash === undefined) {
    throw coordError('BODY_INVALID', 'its Content-Digest names no SHA-256 as sha-256=:BASE64:.')
  }
  return Buffer.from(hash, 'base64').toString('hex')
}
