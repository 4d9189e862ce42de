import { NONCE_SECONDS } from '../../record/protocol.js'
import type { UsedSignature } from './identity-directory.js'

/**
 * Before which end, in milliseconds since 1970, all signatures and nonces are void by now, and have been for a nonce's whole life:
 * the new one lasts no shorter than they did.
 */
export function voidBefore({ expiresAt }: Pick<UsedSignature, 'expiresAt'>): number {
  return expiresAt - 2 * NONCE_SECONDS * 1000
}
