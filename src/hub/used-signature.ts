import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.js'
import { NONCE_SECONDS } from '../record/protocol.js'
import type { UsedSignature } from './stores/identity-directory.js'

/** A signature that acts now, as a store remembers it so that it acts once: for longer than any hub would take it. */
export function usedSignature(signature: Uint8Array, clock: Clock): UsedSignature {
  const hash = createHash('sha256').update(signature).digest('hex')
  return { hash, expiresAt: clock.now() + NONCE_SECONDS * 1000 }
}
