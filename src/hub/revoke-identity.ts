import { coordError } from '../base/errors.js'
import type { Doer, Identity, Store } from './stores/store.js'

/**
 * Takes the key from a handle: nothing that it signs is accepted any more. The handle belongs to nobody else, and what it wrote stays.
 *
 * Rejects with `NO_SUCH_THING` when nobody has the handle, or its key was changed meanwhile.
 *
 * @param fingerprint of the key that is meant; left out: whatever it has
 * @param by who does it, to be noted
 */
export async function revokeIdentity(
  store: Store,
  handle: string,
  { by, fingerprint }: Revocation = {},
): Promise<Identity> {
  const identity = await store.findIdentity(handle)
  if (identity === null) throw coordError('NO_SUCH_THING', `handle ${handle} on this hub`)
  const revoked: Identity = { ...identity, fingerprint: '', publicKey: '' }
  if (!(await store.replaceIdentity(fingerprint ?? identity.fingerprint, revoked, by))) {
    throw coordError('NO_SUCH_THING', `such key of ${handle} any more`)
  }
  return identity
}

interface Revocation {
  readonly by?: Doer
  readonly fingerprint?: string
}
