import type { Role } from '../record/protocol.js'

/** A space as its hub shows it; `members` for its owner and its members only. */
export interface SpaceView {
  owner: string
  slug: string
  visibility: string
  members?: MemberView[]
}

export interface MemberView {
  handle: string
  /** `null`: none any more. */
  role: string | null
}

/** The merge rule that a kind has in a space. */
export interface RuleView {
  kind: string
  merge: string
}

/** What a handle has at a hub, and how much it may have. */
export interface UsageView {
  handle: string
  /** Spaces that it owns. */
  spaces: number
  maxSpaces: number
  /** What it has written of what the hub keeps, in all spaces. */
  records: number
  maxRecords: number
  /** Of their payloads and names. */
  bytes: number
  maxBytes: number
}

/** What was done to a space, and to the keys of those who are in it, the latest first. */
export interface SpaceLog {
  entries: SpaceLogEntry[]
  /** Whether there is more that the hub has kept. */
  hasMore: boolean
}

export interface SpaceLogEntry {
  id: number
  /** ISO 8601, by the hub's clock. */
  at: string
  /** The handle that did it; `''`: the operator of the hub. */
  actor: string
  /** A word such as `member_set`; a newer hub may have others. */
  action: string
  /** The handle, the kind or the record (`kind/id`); `''`: the space. */
  subject: string
  /** Visibility, role or rule from then on, fingerprint of the key, or author and run whose record it was. */
  detail: string
}

/** What an invitation is to let into, how often and for how long. */
export interface InvitationWish {
  readonly role: Role
  readonly uses: number
  readonly expiresInSeconds: number
}

/** An invitation that can still be used, as its hub shows it. */
export interface GivenInvitation {
  /** By which it is taken back; its code is told to nobody again. */
  id: string
  /** `null`: it lets into no space, but a further key sign. */
  role: string | null
  /** How often it still serves. */
  uses: number
  /** ISO 8601. */
  expiresAt: string
}

/** An invitation into a space, with the code that is told only once. */
export interface InvitationView {
  code: string
  role: string
  uses: number
  /** ISO 8601. */
  expiresAt: string
}
