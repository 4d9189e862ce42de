import { NONCE_SECONDS } from '../../record/protocol.js'
import type { UsedSignature } from './store.js'

/** Before which end, in milliseconds since 1970, all signatures are void by now: the new one lasts no shorter than they did. */
export function voidBefore({ expiresAt }: UsedSignature): number {
  return expiresAt - 2 * NONCE_SECONDS * 1000
}
