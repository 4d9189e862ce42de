import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'

export interface Answer {
  status: number
  body: Record<string, unknown>
}

export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

export const fingerprintOf = (key: KeyObject): string => fingerprint(rawPublicKey(key))

export async function postJson(url: string, body: unknown): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** Asks a hub for a nonce for a key. */
export async function challenge(hubUrl: string, key: KeyObject): Promise<string> {
  const { status, body } = await postJson(`${hubUrl}/api/auth/challenge`, {
    fingerprint: fingerprintOf(key),
    algorithm: 'ed25519',
  })
  if (status !== 200) throw new Error(`no nonce: ${JSON.stringify(body)}`)
  return body.nonce_hex as string
}

/** Shows to have a key, as the bodies of the registration do. */
export function keyProof(key: KeyObject, nonceHex: string) {
  return {
    public_key_b64: rawPublicKey(key).toString('base64'),
    nonce_hex: nonceHex,
    signature_b64: sign(null, Buffer.from(nonceHex, 'hex'), key).toString('base64'),
  }
}

/** The body of a registration. */
export function registration(handle: string, key: KeyObject, nonceHex: string, change: Record<string, unknown> = {}) {
  return { handle, algorithm: 'ed25519', ...keyProof(key, nonceHex), identity_type: 'agent', ...change }
}

/** Registers as a client does, over the network. */
export async function registerKey(
  hubUrl: string,
  handle: string,
  key: KeyObject,
  change: Record<string, unknown> = {},
): Promise<Answer> {
  return postJson(`${hubUrl}/api/auth/verify`, registration(handle, key, await challenge(hubUrl, key), change))
}
