/**
 * What client and hub agree on: paths, bodies, limits. A hub with other spellings is a change of this file alone.
 * Bodies are named here in the spelling of TypeScript; `wire.ts` turns them into JSON.
 */
import type { StoredRecord } from './record.js'

export const MAX_PUSH_RECORDS = 1000
export const MAX_PUSH_BYTES = 16 * 1024 * 1024
export const MAX_PAGE = 1000
export const MAX_INVITE_USES = 1000
export const MAX_INVITE_SECONDS = 30 * 24 * 3600
export const DEFAULT_PAGE = 500

/** What a client puts into one push: well under what a hub takes, so that a retry is cheap. */
export const BATCH_RECORDS = 500
export const BATCH_BYTES = 4 * 1024 * 1024

/**
 * By how much a hub raises all tokens once it was set back: more than a lease passes through between a backup and the day it is needed,
 * so none is given out twice.
 */
export const TOKEN_LEAP = 1_000_000_000

/** How many times larger a hub lets a compressed body become: what packs better was made to be small and to cost much. */
export const MAX_INFLATION = 100

/** So much of a body is decompressed however well it is packed. */
export const INFLATION_FREE_BYTES = 1024 * 1024

/** A body of fewer characters costs both sides more to compress than to send. */
export const GZIP_FROM_CHARACTERS = 2048

/** The most decoded bytes of an answer that a client reads. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * A page that holds fewer records than were asked for, although there are more, has at least so many bytes: hubs bound
 * pages in bytes too, each as it likes.
 */
export const CUT_PAGE_BYTES = 512 * 1024

/** How long a nonce of the registration serves. */
export const NONCE_SECONDS = 300

/**
 * What a hub of ours does beyond what every hub does. It tells so with its answers: a client asks no hub for what it has not
 * announced, because one that does not know a field passes it over.
 *
 * `first`: of a push that is marked so, the hub grants the first lease that is free, and looks at no further.
 */
export const FEATURES = ['first'] as const
export type Feature = (typeof FEATURES)[number]

/**
 * Fields of a request and its answer by which a hub shows who it is: the nonce, 32 bytes in hex, the hub's public key in base64,
 * and its signature in base64url. A hub without them is known by its address alone.
 */
export const HUB_FIELDS = { nonce: 'muse-nonce', key: 'muse-hub-key', proof: 'muse-hub-proof' } as const

export const paths = {
  root: '/',
  push: (owner: string, slug: string) => `/${owner}/${slug}/coord/push`,
  pull: (owner: string, slug: string) => `/${owner}/${slug}/coord/pull`,
  watch: (owner: string, slug: string) => `/${owner}/${slug}/coord/watch`,
  space: (owner: string, slug: string) => `/api/repos/${owner}/${slug}`,
  rule: (owner: string, slug: string, kind: string) => `/api/repos/${owner}/${slug}/kinds/${kind}`,
  log: (owner: string, slug: string) => `/api/repos/${owner}/${slug}/log`,
  member: (owner: string, slug: string, handle: string) => `/api/repos/${owner}/${slug}/members/${handle}`,
  invites: (owner: string, slug: string) => `/api/repos/${owner}/${slug}/invites`,
  invitation: (owner: string, slug: string, id: string) => `/api/repos/${owner}/${slug}/invites/${id}`,
  challenge: '/api/auth/challenge',
  verify: '/api/auth/verify',
  usage: '/api/auth/usage',
  keys: '/api/auth/keys',
  key: (fingerprint: string) => `/api/auth/keys/${fingerprint}`,
  deviceInvites: '/api/auth/invites',
  deviceInvitation: (id: string) => `/api/auth/invites/${id}`,
  rotate: '/api/auth/rotate',
  revoke: '/api/auth/revoke',
} as const

/** What stands behind the paths; a list is a name that is repeated. */
export const queries = {
  pull: ({ sinceId, limit, kinds, seen = [] }: PullQuery) => ({ since_id: sinceId, limit, kinds, seen }),
  watch: (sinceId: number) => ({ since_id: sinceId }),
} as const

/** What a pull asks for. No kinds: all of them. */
export interface PullQuery {
  sinceId: number
  limit: number
  kinds: readonly string[]
  /** See {@link InHistory}. */
  seen?: readonly string[]
}

/**
 * Which history of a space an answer is of. A hub that was set back without anybody telling it finds out by this: who asks names
 * the positions of the answers before.
 */
export interface InHistory {
  /** Where the space ends, `<id>.<letters, digits, dots>`: to be named in `seen` of the next request. */
  position?: string | undefined
  /** Only where `seen` was sent; `false`: who has seen that begins anew. */
  follows?: boolean | undefined
}

export type ConflictReason = 'different_content' | 'held' | 'not_author' | 'stale'

/** Who has a lease. */
export interface Holder {
  runId: string
  expiresAt: string | null
  token: number
}

/** A record that the hub did not take because of what it already has. */
export interface Conflict {
  kind: string
  recordId: string
  reason: ConflictReason
  /** For who sent a token: `null` when the lease is free. */
  holder: Holder | null
  /** For who sent a revision or a token: the revision that stands; `null`: none. */
  revision?: number | null
  /** For who sent a token: the one that stands; `null`: none. */
  token?: number | null
}

/** A record that the hub did not take because of what it is. */
export interface Rejection {
  kind: string
  recordId: string
  reason: string
}

/** A lease that the pusher has after this push. */
export interface Lease {
  kind: string
  recordId: string
  token: number
  expiresAt: string | null
}

/** Answer to a push: inserted + updated + skipped + conflicts + rejected = records sent. */
export interface PushAnswer extends InHistory {
  inserted: number
  updated: number
  skipped: number
  conflicts: Conflict[]
  rejected: Rejection[]
  leases: Lease[]
  /** The last id of the space after this push. */
  cursor: number
  epoch: string
  /** ISO 8601: the time by which this push was judged, and the `receivedAt` of what it wrote. */
  now: string
  /** See {@link FEATURES}. */
  features: readonly string[]
}

/** Answer to a pull, ascending by id. */
export interface PullAnswer extends InHistory {
  records: StoredRecord[]
  cursor: number
  hasMore: boolean
  /** The highest id that retention has removed; 0: none. */
  floorId: number
  epoch: string
  /** ISO 8601, by the clock that judges leases; between the request and its answer. */
  now: string
  /** See {@link FEATURES}. */
  features: readonly string[]
}

export type Visibility = 'private' | 'public'
export type Role = 'read' | 'write'

/** Body of every error answer. */
export interface ErrorAnswer {
  detail: string
  status: string
  /** With 401: the time by which the hub judges signatures. */
  now?: string
}
