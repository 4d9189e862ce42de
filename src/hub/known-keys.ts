import type { KeyObject } from 'node:crypto'
import { decodePublicKey, importPublicKey } from '../auth/public-key.js'

/** Beyond that the longest unseen is forgotten. */
const KEYS = 2_000

/** A public key, as it is kept and as it is used. */
export interface KnownKey {
  /** 32 raw bytes. */
  readonly raw: Buffer
  readonly key: KeyObject
}

/** By their text: to read a key takes a fifth of what it takes to look at a signature. */
const known = new Map<string, KnownKey | null>()

/** The key that a text in base64 is; `null`: it is none. See `decodePublicKey`. */
export function knownKey(base64: string): KnownKey | null {
  const present = known.get(base64)
  const raw = present === undefined ? decodePublicKey(base64) : null
  const key = present ?? (raw && { raw, key: importPublicKey(raw) })
  known.delete(base64)
  known.set(base64, key)
  const [oldest] = known.keys()
  if (known.size > KEYS && oldest !== undefined) known.delete(oldest)
  return key
}
