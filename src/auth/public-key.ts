/** Ed25519 public keys as they travel: 32 raw bytes, in base64. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

const RAW_BYTES = 32

// Canonical base64 of 32 bytes: 43 characters and one `=`.
const RAW_BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/**
 * Points of small order, as they may be spelt, without the sign of x: whoever names one as a key can have a signature that is
 * good for everything, and needs no private key for it.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/**
 * The 32 raw bytes of a key in base64 (standard alphabet, padded), or `null` when the text is no such thing, or a key that
 * anybody can sign by.
 */
export function decodePublicKey(base64: string): Buffer | null {
  const raw = RAW_BASE64.test(base64) ? Buffer.from(base64, 'base64') : null
  return raw === null || hasSmallOrder(raw) ? null : raw
}

function hasSmallOrder(raw: Buffer): boolean {
  const withoutSign = Buffer.from(raw)
  withoutSign[RAW_BYTES - 1] = (raw[RAW_BYTES - 1] as number) & 0x7f
  return SMALL_ORDER.has(withoutSign.toString('hex'))
}

/** The 32 raw bytes of an Ed25519 key; of a private key: of its public half. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const { x } = publicKey.export({ format: 'jwk' })
  return Buffer.from(x ?? '', 'base64url')
}

/** The key that 32 raw bytes stand for (RFC 8032). */
export function importPublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== RAW_BYTES) throw new RangeError(`an Ed25519 public key has ${RAW_BYTES} bytes, not ${raw.length}`)
  const x = Buffer.from(raw).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** How people and hubs name a key: `sha256:` and hex over its 32 raw bytes. */
export function fingerprint(raw: Uint8Array): string {
  return `sha256:${createHash('sha256').update(raw).digest('hex')}`
}

/** The same of a key in base64. */
export function fingerprintOf(base64: string): string {
  return fingerprint(Buffer.from(base64, 'base64'))
}
