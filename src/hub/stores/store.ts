import type { Role } from '../../record/protocol.js'
import type { HandleKey, IdentityDirectory } from './identity-directory.js'
import type { RecordStore } from './record-store.js'
import type { Space, SpaceDirectory } from './space-directory.js'
import type { StoreUpkeep } from './store-upkeep.js'

/**
 * Where a hub keeps what it was given. All dialect stays behind this interface: the hub asks a store what it can do,
 * never what it is. `describeStore` in `src/testing.ts` is its executable half: every store passes it whole.
 *
 * Methods reject with `STORE_FAILED` when the database does not work; nothing of a rejected call is kept.
 */
export interface Store extends SpaceDirectory, IdentityDirectory, RecordStore, StoreUpkeep {
  /** All by which a signed request to a space is judged, in one look: a store elsewhere is waited for once. */
  findVisitor(handle: string, owner: string, slug: string): Promise<Visitor>
  /** Random, made with the store: tells a replaced hub from the old one. The last one that was read: others may {@link renew} it. */
  readonly epoch: string
  /** The secret by which clients know the hub again, for all hubs of the store; `null`: none was kept yet. */
  hubSecret(): Promise<string | null>
  /**
   * Keeps a secret for {@link hubSecret} where there is none, or with `replaces` in its place.
   *
   * @returns the one that is kept from now on
   */
  keepHubSecret(secret: string, options?: { replaces?: boolean }): Promise<string>
  /** Resolves when the store answers, and takes what is written as far as it is known. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A handle that comes to a space. */
export interface Visitor {
  /** As {@link IdentityDirectory.keys} tells them. */
  readonly keys: readonly HandleKey[]
  /** `null`: there is none under the name. */
  readonly space: Space | null
  /** Of the handle in the space; `null`: it is no member, or the owner. */
  readonly role: Role | null
}
