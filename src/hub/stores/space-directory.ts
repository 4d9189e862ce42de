import type { Role, Visibility } from '../../record/protocol.js'
import type { MergeRule } from '../../record/record.js'

/** What a store knows of spaces: whose they are, who is in them, and what was done to them. */
export interface SpaceDirectory {
  /** The space, or `null` where there is none. */
  findSpace(owner: string, slug: string): Promise<Space | null>
  /**
   * The space, made private where there was none; safe to call by many at once. Rejects with `QUOTA_REACHED` where its owner
   * has as many as `spaces` says.
   */
  createSpace(owner: string, slug: string, options?: { spaces?: number; by?: Doer }): Promise<Space>
  setVisibility(space: Space, visibility: Visibility, by?: Doer): Promise<void>
  /**
   * Fixes the merge rule of a kind anew, also of one that has records. No token is given out twice by it. Rejects with
   * `QUOTA_REACHED` for one kind more than {@link KINDS_KEPT}.
   */
  setRule(space: Space, kind: string, merge: MergeRule, by?: Doer): Promise<void>
  /** The merge rules that are fixed in a space, by kind: of all that it has records of. */
  rules(space: Space): Promise<Map<string, MergeRule>>
  /** All members of a space, by handle. Its owner is not among them. */
  members(space: Space): Promise<Map<string, Role>>
  /** The role of one member; `null`: it is none, or the owner. */
  role(space: Space, handle: string): Promise<Role | null>
  setMember(space: Space, handle: string, role: Role, by?: Doer): Promise<void>
  /** Whether there was such a member. */
  removeMember(space: Space, handle: string, by?: Doer): Promise<boolean>
  /**
   * What was done to a space, and to the keys of its owner and of those who are members now, the latest first. The last
   * {@link ACTS_KEPT} of a space are kept, after some at once a few more until the next. What has no {@link Doer} is not noted.
   */
  acts(space: Space, query: { before: number; limit: number }): Promise<Act[]>
  /** Where acts took place that came after one, in order, of all spaces and handles. Of those that are forgotten already none. */
  actsAfter(id: number, limit: number): Promise<ActPlace[]>
  /** The id of the last act of all spaces and handles; 0: none yet. */
  lastAct(): Promise<number>
}

export interface Space {
  id: number
  owner: string
  slug: string
  visibility: Visibility
}

/** Who does something, and when: what is done so is noted, in the same transaction. */
export interface Doer {
  /** `''`: the hub's operator. */
  handle: string
  /** Milliseconds since 1970. */
  at: number
}

/** How many acts of one space are kept, and how many of the keys of one handle. */
export const ACTS_KEPT = 1_000
export const KEY_ACTS_KEPT = 50

/** How many kinds one space may have: their rules are read with every push. */
export const KINDS_KEPT = 1_000

/** Something that was done to a space or to a key. */
export interface Act {
  id: number
  /** ISO 8601. */
  at: string
  /** The handle that did it; `''`: the hub's operator. */
  actor: string
  action: ActName
  /** The handle, the kind or the record (`kind/id`) that it was done to; `''`: the space. */
  subject: string
  /** The visibility, role or rule from then on, the fingerprint of the key, or whose the record was. */
  detail: string
}

/** What an act was done to. */
export interface ActPlace {
  /** The id of the space; 0: the keys of the handle that is the subject. */
  spaceId: number
  subject: string
}

export type ActName =
  | 'space_created'
  | 'visibility_set'
  | 'rule_set'
  | 'member_set'
  | 'member_removed'
  | 'invited'
  | 'uninvited'
  | 'overridden'
  | 'taken_back'
  | 'key_added'
  | 'key_rotated'
  | 'key_revoked'
