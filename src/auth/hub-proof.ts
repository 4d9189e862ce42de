/** How a hub shows who it is: a key of its own signs the nonce that came with the request. */
import { type KeyObject, sign, verify } from 'node:crypto'
import { decodePublicKey, importPublicKey } from './public-key.js'

/** 32 bytes in hex, as they travel. */
const NONCE = /^[0-9a-f]{64}$/
const PROOF = /^[A-Za-z0-9_-]{86}$/

/** What a hub proves, and to whom. */
export interface HubQuestion {
  /** As the client addressed the hub and as MSign signs it: so the proof of one hub is worth nothing in the name of another. */
  readonly host: string
  /** 32 bytes that nobody could foresee, in hex. */
  readonly nonceHex: string
}

export function isHubNonce(text: unknown): text is string {
  return typeof text === 'string' && NONCE.test(text)
}

/** @returns base64url of 64 bytes */
export function proveHub(question: HubQuestion, privateKey: KeyObject): string {
  return sign(null, Buffer.from(provenText(question)), privateKey).toString('base64url')
}

/**
 * Whether whoever answered has the private half of a key.
 *
 * @param publicKey 32 raw bytes in base64; what is no such key has proven nothing
 */
export function isHubProof(question: HubQuestion, publicKey: string, proof: string): boolean {
  const raw = decodePublicKey(publicKey)
  if (raw === null || !PROOF.test(proof)) return false
  return verify(null, Buffer.from(provenText(question)), importPublicKey(raw), Buffer.from(proof, 'base64url'))
}

/** It begins otherwise than what a handle's key signs, so that neither can stand for the other. */
function provenText({ host, nonceHex }: HubQuestion): string {
  return `muse-coord-hub\n${host}\n${nonceHex}`
}
