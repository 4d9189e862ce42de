import { isHubProof } from '../../auth/hub-proof.js'
import { randomHex } from '../../base/node-crypto.js'
import type { HubUrl } from '../../record/hub-url.js'
import { HUB_FIELDS, paths } from '../../record/protocol.js'
import type { Fetch, FetchedResponse } from '../http-fetch.js'

const NONCE_BYTES = 32
/** What a hub says of itself is shorter; the rest of what is longer is not waited for. */
const MOST_BYTES = 64 * 1024

/** A nonce for one request. */
export function hubNonce(): string {
  return randomHex(NONCE_BYTES)
}

/** The key that an answer has proven to come from, 32 raw bytes in base64; `null`: it has proven none. */
export function provenKey(
  { headers }: Pick<FetchedResponse, 'headers'>,
  { host }: Pick<HubUrl, 'host'>,
  nonceHex: string,
): string | null {
  const key = headers.get(HUB_FIELDS.key)
  const proof = headers.get(HUB_FIELDS.proof)
  return key !== null && proof !== null && isHubProof({ host, nonceHex }, key, proof) ? key : null
}

/** Asks a hub who it is, and tells it nothing. Rejects as the `fetch` does. */
export async function askHubKey(fetch: Fetch, hub: HubUrl, signal: AbortSignal): Promise<string | null> {
  const nonceHex = hubNonce()
  const headers = { accept: 'application/json', [HUB_FIELDS.nonce]: nonceHex }
  const response = await fetch(hub.base + paths.root, { method: 'GET', headers, signal, redirect: 'manual' })
  let bytes = 0
  // Read to its end, so that the connection serves for what comes next.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) break
  }
  return provenKey(response, hub, nonceHex)
}
