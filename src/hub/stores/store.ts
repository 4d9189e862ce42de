import type { PushAnswer, Role, TOKEN_LEAP, Visibility } from '../../record/protocol.js'
import type { MergeRule } from '../../record/record.js'
import type { Usage } from './usage.js'

/**
 * Where a hub keeps what it was given. All dialect stays behind this interface: the hub asks a store what it can do,
 * never what it is. `describeStore` in `src/testing.ts` is its executable half: every store passes it whole.
 *
 * Methods reject with `STORE_FAILED` when the database does not work; nothing of a rejected call is kept.
 */
export interface Store {
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
  /** The id of the last act of all spaces and handles; 0: none yet. */
  lastAct(): Promise<number>

  /**
   * Merges records into a space: one transaction, durable before it answers, ids in commit order and without gaps.
   * Writers of one space queue; those of different spaces need not.
   *
   * One reading of the store's clock judges leases and dates what is received: taken when the writers before are done,
   * and never before the last `receivedAt` of the space. Hubs that share a database share its clock.
   */
  push(space: Space, push: StorePush): Promise<StoreAnswer>
  /**
   * Records with an id above `sinceId`, oldest first, and where the space ends; an empty page means the end. Rejects with
   * `NO_SUCH_THING` where there is no such space, as {@link push} does.
   */
  since(space: Space, query: StoreQuery): Promise<Page>

  /**
   * How many spaces a handle owns, and what of all that is kept it has written. It is counted with each write, so nothing is
   * walked through for it.
   */
  usage(handle: string): Promise<Usage & { spaces: number }>
  /** What each handle has written of what is kept, the most bytes first. */
  usages(): Promise<(Usage & { handle: string })[]>

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
  /** Gives a handle to a key. `false`: it belongs to another key; `true` again for the same key. */
  register(identity: Identity): Promise<boolean>
  /**
   * Puts another identity in the place of one with the same handle, if that still has this fingerprint; the key of a device in the
   * place of its own. `false` also for a key that signs for the handle already: ended once, it would go on to sign. One without a
   * key ends the one that is replaced, and with it what was invited by {@link Invite.isDevice}.
   */
  replaceIdentity(fingerprint: string, identity: Identity, by?: Doer): Promise<boolean>
  /** Keeps a nonce until `expiresAt` (milliseconds). */
  addNonce(nonce: Nonce): Promise<void>
  /** Takes a nonce out, once: `null` when it is unknown or was taken. Older ones may be forgotten meanwhile. */
  takeNonce(nonceHex: string): Promise<Nonce | null>
  /** Notes that a signature acts. `false`: it has acted before. Older ones may be forgotten meanwhile. */
  useSignature(used: UsedSignature): Promise<boolean>

  /** Keeps an invitation until it is used up; its uses come to those of one that is there under the same code. */
  addInvite(invite: Invite, noted?: { id?: number; by?: Doer }): Promise<void>
  /** Takes one use of an invitation, which has `uses: 1` then: `null` when it is unknown or used up. */
  takeInvite(codeHash: string): Promise<Invite | null>

  /**
   * Tells of the commits of other processes on the same database, until the function it resolves with is called. Left out
   * by a store that one process alone uses. A call for a commit of this process does no harm.
   */
  listen?(listener: ChangeListener): Promise<() => Promise<void>>

  /**
   * Removes what has had its time, a little at a time, so that pushes get through between. Never hands an id or a token
   * out again, and raises the floor of the space: see {@link Page.floorId}. Left out: the store only grows.
   *
   * Of leases none goes by age alone. One that ended for good stays: it says that something is over, and whoever has that may
   * send it again at any time. One that has lapsed or was given back stays while a record of another kind bears its id: it
   * tells how often that was tried. Since when it is over counts from when it came, for what is given back names no time.
   *
   * Of the others nothing goes before its end. What never lapses, and a register, may tell of something else, that it is over
   * or goes on: it stays while a record of another kind is there whose id it names or bears, but for a lease that ended for good.
   * What a register names that has not lapsed so long ago stays too: it may go on by that.
   */
  sweep?(space: Space, rules: readonly SweepRule[]): Promise<Swept>
  /** What a space has, kind by kind. @param since milliseconds: what was received from then on is counted by itself */
  stats?(space: Space, since: number): Promise<KindStats[]>
  /**
   * Makes a store that was put back from a backup another one: a new epoch, so that readers begin anew instead of passing
   * over ids that are handed out a second time, and every token raised by {@link TOKEN_LEAP}. Records and ids stay. Hubs that
   * have it open go on: what they read from then on tells the new epoch.
   *
   * @param epoch the one that is to be replaced: where the store has another by now, nothing is done. Left out: whichever it is
   * @returns the epoch of the store from then on
   */
  renew(epoch?: string): Promise<string>
  /** What the store remembers of where its spaces have ended. Left out: it cannot tell that it was set back. */
  readonly positions?: StorePositions
  /**
   * Writes a copy of this moment to a file, while hubs go on. Left out where the database has tools of its own.
   *
   * @param file is not there yet
   */
  backUp?(file: string): Promise<void>
  /** All spaces and all identities, and the way into another store. */
  readonly archive?: StoreArchive

  /** Resolves when the store answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * A place in the history of a space: where it ended with one commit, and what that commit alone was called. A store that was set
 * back and goes on gives the id to another commit.
 */
export interface Position {
  readonly id: number
  /** Letters and digits, another one for each commit. */
  readonly nonce: string
}

/** See `judgePositions`. */
export type PositionsVerdict = 'stand' | 'forgotten' | 'lost'

export interface StorePositions {
  /** Whether the history of a space still holds these positions, which this store has told. Rejects as {@link Store.since}. */
  judge(space: Space, positions: readonly Position[]): Promise<PositionsVerdict>
}

/** How many ids back the positions of a space are kept. */
export const POSITIONS_KEPT = 100_000

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

export type ActName =
  | 'space_created'
  | 'visibility_set'
  | 'rule_set'
  | 'member_set'
  | 'member_removed'
  | 'invited'
  | 'overridden'
  | 'taken_back'
  | 'key_added'
  | 'key_rotated'
  | 'key_revoked'

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

/** A record on its way into a store; the payload stays text, so that it is neither parsed nor changed again. */
export interface IncomingRecord {
  kind: string
  recordId: string
  runId: string
  payloadJson: string
  expiresAt: string | null
  /** See `Incoming` of the merge rules. */
  revision?: number
  after?: number | null
  token?: number | null
  force?: boolean
  replaces?: number
}

/** A record as a store has it. */
export interface StoreRecord extends Omit<IncomingRecord, 'revision' | 'after' | 'token' | 'force' | 'replaces'> {
  id: number
  author: string
  token: number | null
  /** Of a register or lease whose writer counts; `null` for every other record. */
  revision: number | null
  receivedAt: string
}

export interface StorePush {
  /** The handle that signed. */
  author: string
  /**
   * Fingerprint of the key that signed: where the author has another one by the time of the write nothing is done, and the push
   * is rejected with `SIGNATURE_REFUSED`. Left out: whatever key it was.
   */
  key?: string
  records: readonly IncomingRecord[]
  /** Rules that the push itself declares. One that is not the rule of the space gets the records of its kind rejected. */
  rules: ReadonlyMap<string, MergeRule>
  /** Rules of the kinds that this hub knows: in a space where a kind is new they come before what the push declares. */
  hubRules?: ReadonlyMap<string, MergeRule>
  /**
   * The most that the author may have written of what the store keeps, in all spaces: what is beyond it is rejected by
   * itself. What several hubs write for one handle at the same moment may come to a little more. No bound when left out.
   */
  quota?: Usage
  /**
   * How far ahead the end of a lease may be; no bound when left out. One without an end is over, and has none to bound, unless
   * its writer counts no tenures: a claim that names it as `replaces` gets it when so much has passed.
   */
  maxLeaseSeconds?: number
  /**
   * Of these leases the first that is free is granted, and no further one is looked at: those behind it count as skipped. One
   * that is the pusher's by this very record is that one, wherever it stands: the answer to it was lost.
   */
  first?: boolean
  /**
   * The record that ends by this push, whoever has it: noted as `taken_back` where the push writes something. Where there is
   * none, all records of the push are rejected.
   */
  takesBack?: { readonly kind: string; readonly recordId: string }
  /** Acts once: where it has acted before nothing is done, and the push is rejected with `SIGNATURE_USED`. */
  signature?: UsedSignature
}

/** Which history an answer is of, read in its transaction; left out by a store that has no {@link StorePositions}. */
export interface InHistory {
  epoch?: string
  /** Where the space ends; `null`: it has never held anything. */
  position?: Position | null
}

export interface StoreAnswer extends Omit<PushAnswer, 'epoch' | 'features' | 'position' | 'follows'>, InHistory {
  /** How many of the leases had run out in another's hands, or in the own, before they were granted anew; nobody is told but the hub. */
  ranOut: number
}

export interface StoreQuery {
  sinceId: number
  limit: number
  /** Empty: all kinds. */
  kinds: readonly string[]
  /**
   * The page ends with the record that takes it past so many bytes, counted of what can be large; no bound when left out.
   * Records beyond it are not brought into memory.
   */
  bytes?: number
}

export interface Page extends InHistory {
  records: StoreRecord[]
  /** The last id of the space, whatever its kind; below `sinceId` when the reader comes from another store. */
  lastId: number
  hasMore: boolean
  /** The store's clock at the time of the read, milliseconds since 1970. */
  now: number
  /**
   * The highest id that a sweep has removed; 0: none yet. A reader that was below it before, and is told of it now, may
   * have passed by what is gone, and starts over; one that began at 0 after the sweep has all there is.
   */
  floorId: number
}

/** What may go of a kind: records to which one of the two applies. */
export interface SweepRule {
  kind: string
  /** Lapsed before this (milliseconds); `null`: however long ago. */
  lapsedBefore: number | null
  /** Received before this (milliseconds), of those that never lapse; `null`: however long ago. */
  receivedBefore: number | null
}

export interface Swept {
  /** How many records went, by kind. */
  removed: Map<string, number>
  floorId: number
}

export interface KindStats {
  kind: string
  merge: MergeRule
  records: number
  /** Characters of their payloads. */
  payloadCharacters: number
  /** Those among them that are new or changed since the time that was asked for. */
  receivedLately: number
  /** When the last of them was received; `null` where there is none. */
  lastReceivedAt: string | null
}

/** What moves spaces from one store to another, each id where it was. */
export interface StoreArchive {
  /** All of them, by owner and slug. */
  spaces(): Promise<Space[]>
  /** All of them, by handle. */
  identities(): Promise<Identity[]>
  /** A space, page by page and at last what frames it. Pushes meanwhile do no harm: what they change comes again. */
  exportSpace(space: Space): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void>
  /** Imports what `exportSpace` gives, all or nothing. Rejects with `SPACE_TAKEN` where the space holds records. */
  importSpace(
    owner: string,
    slug: string,
    exported: AsyncGenerator<readonly StoreRecord[], SpaceFrame, void>,
  ): Promise<Space>
  /**
   * Takes the epoch of the store whose spaces come here, before they do and before a hub serves them. `false`: there
   * are records here already, and their readers know this store by its own epoch.
   */
  adoptEpoch(epoch: string): Promise<boolean>
}

/** What a space is beside its records. */
export interface SpaceFrame {
  visibility: Visibility
  lastId: number
  floorId: number
  /** The highest token among leases that were swept away. */
  tokenFloor: number
  rules: ReadonlyMap<string, MergeRule>
  members: ReadonlyMap<string, Role>
  /** Its last positions, ascending; none from a store that has none. */
  positions?: readonly Position[]
}

/** Hears of commits. */
export interface ChangeListener {
  /** A space now ends at this id; called after the commit. */
  changed(spaceId: number, lastId: number): void
  /** Commits may have been missed, of any space, for example while the connection was lost. */
  gap(): void
}
