import { createHash, randomBytes } from 'node:crypto'
import { coordError } from '../base/errors.js'
import { isSpaceName } from '../record/record.js'
import type { InvitedSpace } from './stores/identity-directory.js'
import type { Store } from './stores/store.js'

const CODE_BYTES = 24

/** Whom to invite, to what, and for how long. */
export interface InviteWish {
  /** The only handle that it is for; any that is free, when left out or `null`. */
  readonly handle?: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** A space that is there, which whoever takes it may use; none, when left out. */
  readonly space?: InvitedSpace
  /** How often it serves; once, when left out. */
  readonly uses?: number
  /** Has a further key sign for the handle, which somebody has. */
  readonly isDevice?: boolean
}

/** What an invited one is told. */
export interface Invitation {
  /** To be given to `auth register --invite`, or a part of the line of `join`; known to nobody but who reads it here. */
  readonly code: string
  /** The handle it is for; `null`: any that is free. */
  readonly handle: string | null
  /** ISO 8601. */
  readonly expiresAt: string
}

/**
 * Makes an invitation, which lets keys register. One for a handle whose key was revoked gives it a new key.
 *
 * Rejects with `NAME_INVALID`.
 *
 * @param noted who makes it, and the id of the space that it is noted of
 */
export async function invite(
  store: Store,
  { handle = null, expiresAt, space, uses = 1, isDevice = false }: InviteWish,
  noted?: Parameters<Store['addInvite']>[1],
): Promise<Invitation> {
  if (handle !== null && !isSpaceName(handle)) throw coordError('NAME_INVALID', '--handle', handle)
  const code = randomBytes(CODE_BYTES).toString('base64url')
  const kept = { codeHash: inviteCodeHash(code), handle, expiresAt, space: space ?? null, uses, isDevice }
  await store.addInvite(kept, noted)
  return { code, handle, expiresAt: new Date(expiresAt).toISOString() }
}

/** Under this an invitation is kept: who reads the store learns no code. */
export function inviteCodeHash(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
