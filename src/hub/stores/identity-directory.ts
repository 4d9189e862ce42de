import type { Role } from '../../record/protocol.js'
import type { Doer, Space } from './space-directory.js'

/** What a store knows of handles: which keys sign for them, and how others come to have one. */
export interface IdentityDirectory {
  /**
   * The keys that sign for a handle, none where nobody has it: the one of its identity first, then those of its devices in the
   * order in which they came.
   */
  keys(handle: string): Promise<HandleKey[]>
  /**
   * Has another key sign for a handle that somebody has. `false`: it has {@link DEVICES_KEPT} of them; `true` again for a key
   * that signs already.
   */
  addDevice(handle: string, key: HandleKey, by?: Doer): Promise<boolean>
  /** The identity of a handle, or `null`. */
  findIdentity(handle: string): Promise<Identity | null>
  /** A handle that somebody has and that a person may take for this one, as `A1ice.` for `alice`; `null`: there is none. */
  findAlike(handle: string): Promise<string | null>
  /**
   * Gives a handle to a key. `false`: it belongs to another key, or is alike one that somebody has, see {@link findAlike}; of those
   * that come at once one gets it. `true` again for the same key.
   *
   * @param options.mayBeAlike for what stands so in another store already
   */
  register(identity: Identity, options?: { readonly mayBeAlike?: boolean }): Promise<boolean>
  /**
   * Puts another identity in the place of one with the same handle, if that still has this fingerprint; the key of a device in the
   * place of its own. `false` also for a key that signs for the handle already: ended once, it would go on to sign. One without a
   * key ends the one that is replaced, and with it the invitations of further keys of the handle and into its spaces.
   */
  replaceIdentity(fingerprint: string, identity: Identity, by?: Doer): Promise<boolean>
  /** Keeps a nonce until `expiresAt` (milliseconds). */
  addNonce(nonce: Nonce): Promise<void>
  /** Takes a nonce out, once: `null` when it is unknown or was taken. Older ones may be forgotten meanwhile. */
  takeNonce(nonceHex: string): Promise<Nonce | null>
  /** Notes that a signature acts. `false`: it has acted before. Older ones may be forgotten meanwhile. */
  useSignature(used: UsedSignature): Promise<boolean>
  /**
   * Keeps an invitation until it is used up; its uses come to those of one that is there under the same code. Rejects with
   * `INVITES_FULL` where {@link INVITES_KEPT} are kept already for spaces of the same owner, or devices of the same handle; those of
   * the hub's operator have no bound. What has ended by the time of a {@link Doer} is forgotten first.
   */
  addInvite(invite: Invite, noted?: { id?: number; by?: Doer }): Promise<void>
  /** Takes one use of an invitation, which has `uses: 1` then: `null` when it is unknown or used up. */
  takeInvite(codeHash: string): Promise<Invite | null>
  /** Those that can still be used, the first to end first. @param at milliseconds since 1970 */
  invites(of: InviteScope, at: number): Promise<Invite[]>
  /** Forgets one with all its uses; `false`: there was none of that scope. */
  removeInvite(codeHash: string, of: InviteScope, by?: Doer): Promise<boolean>
}

/** Whose key signs for a handle. One that was revoked has neither key nor fingerprint, and keeps the handle taken. */
export interface Identity {
  handle: string
  /** `sha256:` and hex over the 32 raw bytes of the public key; `''`: revoked. */
  fingerprint: string
  /** The 32 raw bytes, base64; `''`: revoked. */
  publicKey: string
  type: 'human' | 'agent'
}

/** How many keys a handle may have beside its first: a bad signature is compared to each of them. */
export const DEVICES_KEPT = 10

/** How many invitations into its spaces an owner may have that are not used up, and how many of devices a handle. */
export const INVITES_KEPT = 500

/** A key that signs for a handle. */
export interface HandleKey {
  /** `sha256:` and hex over the 32 raw bytes of the public key. */
  fingerprint: string
  /** The 32 raw bytes, base64. */
  publicKey: string
  /** What its machine is called; `''`: nobody has said. */
  label: string
  /** Milliseconds since 1970; 0: with the handle. */
  addedAt: number
}

export interface Nonce {
  nonceHex: string
  fingerprint: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface UsedSignature {
  /** SHA-256 over its bytes, hex. */
  hash: string
  /** Until when it is to be remembered, milliseconds since 1970: for longer than any hub would take it. */
  expiresAt: number
}

/** What invitations are for: a space, or further keys of a handle. */
export type InviteScope = { readonly space: Space } | { readonly deviceOf: string }

/** Lets keys register, also where registration is closed, and maybe makes their handles members of a space. */
export interface Invite {
  /** Hex over the code that the invited one was given; the code itself is kept nowhere. */
  codeHash: string
  /** The handle it is for; `null`: any that is free. */
  handle: string | null
  /** Milliseconds since 1970. */
  expiresAt: number
  /** The space that it lets into, and how far; `null`: none. */
  space: InvitedSpace | null
  /** How often it can be taken. */
  uses: number
  /** Whether it has a further key sign for its handle, which somebody has. */
  isDevice?: boolean
}

export interface InvitedSpace {
  owner: string
  slug: string
  role: Role
}
