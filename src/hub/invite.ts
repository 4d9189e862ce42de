import { createHash, randomBytes } from 'node:crypto'
import { coordError } from '../base/errors.js'
import { isSpaceName } from '../record/record.js'
import type { Store } from './stores/store.js'

const CODE_BYTES = 24

/** What an invited one is told. */
export interface Invitation {
  /** To be given to `auth register --invite`; known to nobody but who reads it here. */
  readonly code: string
  /** The handle it is for; `null`: any that is free. */
  readonly handle: string | null
  /** ISO 8601. */
  readonly expiresAt: string
}

/**
 * Makes an invitation, which lets one key register. One for a handle whose key was revoked gives it a new key.
 *
 * Rejects with `NAME_INVALID`.
 *
 * @param expiresAt milliseconds since 1970
 */
export async function invite(store: Store, handle: string | null, expiresAt: number): Promise<Invitation> {
  if (handle !== null && !isSpaceName(handle)) throw coordError('NAME_INVALID', '--handle', handle)
  const code = randomBytes(CODE_BYTES).toString('base64url')
  await store.addInvite({ codeHash: inviteCodeHash(code), handle, expiresAt })
  return { code, handle, expiresAt: new Date(expiresAt).toISOString() }
}

/** Under this an invitation is kept: who reads the store learns no code. */
export function inviteCodeHash(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
