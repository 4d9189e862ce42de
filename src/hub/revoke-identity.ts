import { coordError } from '../base/errors.js'
import type { Doer } from './stores/space-directory.js'
import type { Store } from './stores/store.js'

/**
 * Takes keys from a handle: nothing that they sign is accepted any more. The handle belongs to nobody else, and what it wrote stays.
 *
 * Rejects with `NO_SUCH_THING` when nobody has the handle, or the key that is meant signs for it no more.
 *
 * @param fingerprint of the key that is meant; left out: all that the handle has
 * @param by who does it, to be noted
 * @returns the fingerprints of those keys
 */
export async function revokeIdentity(
  store: Store,
  handle: string,
  { by, fingerprint }: Revocation = {},
): Promise<readonly string[]> {
  const identity = await store.findIdentity(handle)
  if (identity === null) throw coordError('NO_SUCH_THING', `handle ${handle} on this hub`)
  const meant = fingerprint === undefined ? (await store.keys(handle)).map((key) => key.fingerprint) : [fingerprint]
  const revoked: string[] = []
  for (const print of meant) {
    const end = { ...identity, fingerprint: '', publicKey: '' }
    if (await store.replaceIdentity(print, end, by)) revoked.push(print)
  }
  if (revoked.length === 0) throw coordError('NO_SUCH_THING', `such key of ${handle} any more`)
  return revoked
}

interface Revocation {
  readonly by?: Doer
  readonly fingerprint?: string
}
