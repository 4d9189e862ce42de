import { type KeyObject, sign } from 'node:crypto'
import { rawPublicKey } from '../../auth/public-key.js'
import type { KeyProof } from '../handle-view.js'

/** Signs the raw bytes of a nonce, not its hex: what a hub takes for having the key. */
export function keyProof(privateKey: KeyObject, nonceHex: string): KeyProof {
  return {
    publicKeyB64: rawPublicKey(privateKey).toString('base64'),
    nonceHex,
    signatureB64: sign(null, Buffer.from(nonceHex, 'hex'), privateKey).toString('base64'),
  }
}
