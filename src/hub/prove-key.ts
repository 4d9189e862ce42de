import { verify } from 'node:crypto'
import { decodePublicKey, fingerprint, importPublicKey } from '../auth/public-key.js'
import type { HubContext } from './context.js'
import { refusal } from './refusal.js'

/** What shows that somebody has a key: its signature over the raw bytes of a nonce. */
export interface KeyProof {
  /** 32 raw bytes. */
  readonly public_key_b64: string
  /** As a challenge gave it out for the fingerprint of this key. */
  readonly nonce_hex: string
  /** 64 bytes. */
  readonly signature_b64: string
}

/** A key whose owner was there. */
export interface ProvenKey {
  readonly fingerprint: string
  /** 32 raw bytes, base64. */
  readonly publicKey: string
}

/** Takes the nonce of a proof, which serves once, and checks the signature over it. */
export async function proveKey({ store, clock }: HubContext, proof: KeyProof): Promise<ProvenKey> {
  const raw = decodePublicKey(proof.public_key_b64)
  if (raw === null)
    throw refusal(
      'BODY_INVALID',
      'public_key_b64 is not the base64 of the 32 bytes of a public key, or of one that anybody could sign by.',
    )
  const key = { fingerprint: fingerprint(raw), publicKey: proof.public_key_b64 }
  const nonce = await store.takeNonce(proof.nonce_hex)
  if (nonce === null || nonce.expiresAt <= clock.now() || nonce.fingerprint !== key.fingerprint) {
    throw refusal('NONCE_REFUSED')
  }
  const signature = Buffer.from(proof.signature_b64, 'base64')
  if (!verify(null, Buffer.from(nonce.nonceHex, 'hex'), importPublicKey(raw), signature)) {
    throw refusal('SIGNATURE_REFUSED', 'it was not made by this key over the nonce.')
  }
  return key
}
