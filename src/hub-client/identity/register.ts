import type { Identity } from '../../auth/identity-file.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { HubClient } from '../hub-client.js'
import { keyProof } from './key-proof.js'

export interface RegisterOptions {
  readonly hub: HubUrl
  readonly identity: Identity
  /** Code of an invitation, for a hub whose registration is closed. */
  readonly invite?: string | undefined
  /** What this machine is called, for an invitation of a device. */
  readonly label?: string | undefined
}

/** What a hub now knows. */
export interface RegisterResult {
  hub: string
  handle: string
  /** `sha256:` and hex */
  fingerprint: string
  type: string
  /** The space that the invitation has let into; `null`: none. */
  space: { owner: string; slug: string; role: string } | null
}

/**
 * Gives an identity's handle to its key at a hub, by signing a nonce of the hub's. Safe to repeat: a handle that belongs
 * to this key already stays so.
 *
 * @param client unsigned: the hub does not know the key yet
 */
export async function register(
  client: HubClient,
  { hub, identity, invite, label }: RegisterOptions,
): Promise<RegisterResult> {
  const { nonceHex } = await client.challenge(identity.fingerprint)
  const { handle, space = null } = await client.verify({
    handle: identity.handle,
    algorithm: 'ed25519',
    ...keyProof(identity.privateKey, nonceHex),
    identityType: identity.type,
    ...(invite !== undefined && { invite }),
    ...(label !== undefined && { label }),
  })
  return { hub: hub.base, handle, fingerprint: identity.fingerprint, type: identity.type, space }
}
