import type { PushAnswer } from '../../record/protocol.js'
import type { MergeRule } from '../../record/record.js'
import type { UsedSignature } from './identity-directory.js'
import type { Space } from './space-directory.js'
import type { Usage } from './usage.js'

/** What a store keeps of records, and of where its spaces have ended. */
export interface RecordStore {
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
   * Tells of the commits of other processes on the same database, until the function it resolves with is called. Left out
   * by a store that one process alone uses. A call for a commit of this process does no harm.
   */
  listen?(listener: ChangeListener): Promise<() => Promise<void>>
  /** What the store remembers of where its spaces have ended. Left out: it cannot tell that it was set back. */
  readonly positions?: StorePositions
  /**
   * How many spaces a handle owns, and what of all that is kept it has written. It is counted with each write, so nothing is
   * walked through for it.
   */
  usage(handle: string): Promise<Usage & { spaces: number }>
  /** What each handle has written of what is kept, the most bytes first. */
  usages(): Promise<(Usage & { handle: string })[]>
}

/** How many ids back the positions of a space are kept. */
export const POSITIONS_KEPT = 100_000

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
  /** Whether the history of a space still holds these positions, which this store has told. Rejects as {@link RecordStore.since}. */
  judge(space: Space, positions: readonly Position[]): Promise<PositionsVerdict>
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
  /**
   * Whether the author writes as a member of the space: where that one may not write into it any more by the time of the write
   * nothing is done, and the push is rejected with `FORBIDDEN`. Left out: whoever it is.
   */
  asMember?: boolean
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
   * its writer counts no tenures: a claim that names it as `replaces` gets it when so much has passed, and a day at most.
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
  /**
   * Positions that this store has told. A store that has {@link StorePositions} judges them in the transaction: where one is
   * lost nothing is done, and the push is rejected with `STORE_SET_BACK`.
   */
  seen?: readonly Position[]
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
  /** What the push has `seen`, as it was judged; left out: it was not. */
  seen?: Exclude<PositionsVerdict, 'lost'>
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
  /** Positions that this store has told: one that has {@link StorePositions} judges them once it has read the records. */
  seen?: readonly Position[]
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
  /** What the query has `seen`, as it was judged; left out: it was not. */
  seen?: PositionsVerdict
}

/** Hears of commits. */
export interface ChangeListener {
  /** A space now ends at this id; called after the commit. */
  changed(spaceId: number, lastId: number): void
  /** Commits may have been missed, of any space, for example while the connection was lost. */
  gap(): void
}
