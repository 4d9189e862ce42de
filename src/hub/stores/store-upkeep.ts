import type { Role, TOKEN_LEAP, Visibility } from '../../record/protocol.js'
import type { MergeRule } from '../../record/record.js'
import type { Identity } from './identity-directory.js'
import type { Position, StoreRecord } from './record-store.js'
import type { Space } from './space-directory.js'

/** What the operator of a hub does with a store. */
export interface StoreUpkeep {
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
   *
   * @param signal ends it early: what went until then is gone
   */
  sweep?(space: Space, rules: readonly SweepRule[], signal?: AbortSignal): Promise<Swept>
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
  /**
   * Writes a copy of this moment to a file, while hubs go on. Left out where the database has tools of its own.
   *
   * @param file is not there yet
   */
  backUp?(file: string): Promise<void>
  /** All spaces and all identities, and the way into another store. */
  readonly archive?: StoreArchive
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
