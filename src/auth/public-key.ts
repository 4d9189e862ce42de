/** Ed25519 public keys as they travel: 32 raw bytes, in base64. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

const RAW_BYTES = 32

// Canonical base64 of 32 bytes: 43 characters and one `=`.
const RAW_BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/** The 32 raw bytes of a key in base64 (standard alphabet, padded), or `null` when the text is no such thing. */
export function decodePublicKey(base64: string): Buffer | null {
  return RAW_BASE64.test(base64) ? Buffer.from(base64, 'base64') : null
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
