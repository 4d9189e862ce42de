import type { Folder } from '../../files/folder.js'
import type { Feature } from '../../record/protocol.js'
import { SentFiles } from '../index/sent-files.js'
import { SentTable } from '../index/sent-table.js'
import { StoreIndex } from '../index/store-index.js'
import type { Repo } from '../repo.js'
import { noteSeen, type SeenAt } from './as-of.js'
import { removeSeen, seenNames } from './seen-names.js'
import { type SpaceAddress, spaceDirectoryName } from './space-address.js'
import {
  blankState,
  cursorIn,
  MAX_STATE_BYTES,
  parseState,
  type RemoteDirectory,
  STATE_FILE,
  type StateDocument,
  stateText,
} from './state-document.js'

/**
 * The generation of what is known of a space; `null`: nothing is.
 *
 * @param makes begins to know something where nothing is known, and so never gives `null`
 * @throws `FILE_FAILED`
 */
export function generationOf(repo: Repo, space: SpaceAddress, makes: true): string
export function generationOf(repo: Repo, space: SpaceAddress, makes?: boolean): string | null
export function generationOf(repo: Repo, space: SpaceAddress, makes = false): string | null {
  const folder = repo.sync.in(spaceDirectoryName(space))
  const known = readState(folder, space)
  if (known !== null || !makes) return known?.generation ?? null
  const blank = blankState()
  // Another process may be faster. A file that is damaged is replaced, as whoever reads it next would do.
  if (folder.create(STATE_FILE, stateText(blank, space))) return blank.generation
  const made = readState(folder, space)
  if (made === null) folder.write(STATE_FILE, stateText(blank, space))
  return made?.generation ?? blank.generation
}

function readState(folder: Folder, space: SpaceAddress): StateDocument | null {
  const reading = folder.read(STATE_FILE, MAX_STATE_BYTES)
  return 'fault' in reading ? null : parseState(reading.text, space)
}

/**
 * What this workspace knows of one space on one hub: how far it has pulled, and what the hub holds of its files. Kept in
 * `.muse/coordination/.sync/<hub and space>/`, private to this program. Deleting or damaging any of it loses nothing:
 * what is not known is asked again. Several processes may use it at once. One object serves one push or pull.
 */
export class SyncState {
  readonly folder: Folder
  readonly #repo: Repo
  readonly #space: SpaceAddress
  #state: StateDocument
  #isStored: boolean
  /** What was known before this run asked anything. Answers overtake each other, so later ones prove nothing. */
  #lastIdBefore: number
  #scanTime: number | null = null

  private constructor(repo: Repo, space: SpaceAddress) {
    this.folder = repo.sync.in(spaceDirectoryName(space))
    this.#repo = repo
    this.#space = space
    this.folder.isThere() // Looked at anew: what comes after trusts it for a moment.
    const stored = this.#read()
    this.#isStored = stored !== null
    this.#state = stored ?? blankState()
    this.#lastIdBefore = this.#state.lastId
  }

  static open(repo: Repo, space: SpaceAddress): SyncState {
    return new SyncState(repo, space)
  }

  /** The epoch of the hub that this state is about; `null` while nothing is known of it. */
  get epoch(): string | null {
    return this.#state.epoch
  }

  /** Whether that hub has ever answered: an address may be a slip. `null`: nothing tells. */
  get hasAnswered(): boolean | null {
    return this.#state.hasAnswered
  }

  /** The id up to which everything of a kind is here; 0 for a kind that was never pulled. */
  cursor(kind: string): number {
    return cursorIn(this.#state.cursors, kind)
  }

  /**
   * How far other processes have brought each kind beyond what this object knows: 0 where they have not, infinitely far
   * when they have begun anew with another hub.
   */
  othersReached(): (kind: string) => number {
    const stored = this.#read()
    if (stored !== null && stored.generation !== this.#state.generation && this.#isStored) {
      return () => Number.POSITIVE_INFINITY
    }
    return (kind) => {
      const reached = stored === null ? 0 : cursorIn(stored.cursors, kind)
      return reached > this.cursor(kind) ? reached : 0
    }
  }

  /**
   * Saves cursors, each of which must cover only what is on disk. None goes back: what another process has saved
   * meanwhile stays where it is further.
   *
   * @param epoch as the hub told it, if it does
   * @param floorId likewise; it is kept only once no other kind stands below it, for those have yet to learn of it
   * @param features likewise; left out: as they are known
   * @throws `FILE_FAILED`
   */
  saveCursors(
    cursors: ReadonlyMap<string, number>,
    epoch: string | undefined,
    floorId = 0,
    features: readonly string[] = this.#state.features,
  ): void {
    this.#change((state) => {
      const merged = { ...state.cursors }
      for (const [kind, cursor] of cursors) if (cursor > cursorIn(merged, kind)) merged[kind] = cursor
      const isBelow = ([kind, cursor]: [string, number]) => cursor > 0 && cursor < floorId && !cursors.has(kind)
      const isForAll = !Object.entries(merged).some(isBelow)
      return {
        ...state,
        epoch: epoch ?? state.epoch,
        hasAnswered: true,
        lastId: Math.max(state.lastId, ...cursors.values()),
        floorId: isForAll ? Math.max(state.floorId, floorId) : state.floorId,
        cursors: merged,
        features,
      }
    })
  }

  /** Whether the hub has announced that it can do something, when it answered last. */
  hasFeature(feature: Feature): boolean {
    return this.#state.features.includes(feature)
  }

  /** Notes what a hub has announced with an answer. Where nothing is known of it yet there is nothing to note. */
  noteFeatures(features: readonly string[]): void {
    if (this.#isStored && String(features) !== String(this.#state.features)) this.#change((s) => ({ ...s, features }))
  }

  /** The highest id that the hub's retention is known to have removed; 0: none. */
  get floorId(): number {
    return this.#state.floorId
  }

  /** Begins to pull anew, on the same hub: its retention has removed what this workspace may never have seen. */
  pullAnew(floorId: number): void {
    this.#change((state) => ({ ...state, floorId, cursors: {} }))
  }

  /** Begins to pull these kinds anew: what an earlier pull has brought of them is gone, or is not to be trusted. */
  pullKindsAnew(kinds: readonly string[]): void {
    if (kinds.length === 0 || !this.#isStored) return
    const without = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(values).filter(([kind]) => !kinds.includes(kind)))
    this.#change((state) => ({ ...state, cursors: without(state.cursors), remote: without(state.remote) }))
  }

  /** What the directory of a kind under `remote/` was when the last pull had ended; `undefined`: nobody knows. */
  remoteDirectory(kind: string): RemoteDirectory | undefined {
    return Object.hasOwn(this.#state.remote, kind) ? this.#state.remote[kind] : undefined
  }

  /** Remembers what directories under `remote/` are. Where nothing was ever pulled there is nothing to remember. */
  saveRemoteDirectories(directories: ReadonlyMap<string, RemoteDirectory>): void {
    if (!this.#isStored) return
    this.#change((state) => ({ ...state, remote: { ...state.remote, ...Object.fromEntries(directories) } }))
  }

  /**
   * Compares an answer to a push with the hub that this state is about.
   *
   * @param lastId where the space ends after the push, if the hub tells
   * @param features what it announces; left out: what is known of that
   * @param follows `false`: it has another history than what was seen of it
   * @returns `false` when that hub was replaced or restored. Then everything is forgotten, and what {@link sent} gave
   *   before must be asked for anew.
   * @throws `FILE_FAILED`
   */
  meetHub(
    epoch: string | undefined,
    lastId: number | undefined,
    features = this.#state.features,
    follows?: boolean,
  ): boolean {
    const isOther = epoch !== undefined && this.epoch !== null && epoch !== this.epoch
    const isShorter = lastId !== undefined && lastId < this.#lastIdBefore
    const isBefore = follows === false
    if (isOther || isShorter || isBefore) this.forget()
    this.#change((state) => ({
      ...state,
      epoch: epoch ?? state.epoch,
      hasAnswered: true,
      lastId: Math.max(state.lastId, lastId ?? 0),
      features,
    }))
    return !isOther && !isShorter && !isBefore
  }

  /** Notes that everything of some kinds is here. Throws `FILE_FAILED`. */
  noteSeen(kinds: readonly string[], seen: SeenAt): void {
    if (this.#isStored) noteSeen(this.folder, this.#state.generation, kinds, seen)
  }

  /** What the hub holds of a kind's files. @throws `FILE_FAILED`, `LINK_REFUSED` */
  sent(kind: { readonly name: string; readonly directory: string }): SentFiles {
    this.#store(kind)
    return this.#sentFiles(kind, () => this.#markTime())
  }

  /** Like {@link sent}, for what is remembered by its content alone. @throws `FILE_FAILED`, `LINK_REFUSED` */
  sentByContent(kind: { readonly name: string; readonly directory: string }): SentFiles {
    this.#store(kind)
    return this.#sentFiles(kind, () => 0)
  }

  /** Like {@link sent}, for a look that records nothing and so writes nothing. @throws `FILE_FAILED`, `LINK_REFUSED` */
  sentToLookAt(kind: { readonly name: string; readonly directory: string }): SentFiles {
    // No time stamp has to be trusted, because nothing is remembered by it.
    return this.#sentFiles(kind, () => 0)
  }

  /** Before anything is sent: what is learnt from the answers needs a place to be kept. */
  #store({ directory }: { readonly directory: string }): void {
    if (!this.#isStored && this.#repo.coordination.stat(directory) !== null) this.#change((s) => s)
  }

  #sentFiles(kind: { readonly name: string; readonly directory: string }, scanTime: () => number): SentFiles {
    const { name, directory } = kind
    const space = spaceDirectoryName(this.#space)
    const table = new SentTable(StoreIndex.of(this.#repo), {
      space,
      kind: name,
      directory,
      generation: this.#state.generation,
    })
    return new SentFiles(this.#repo, directory, table, scanTime)
  }

  /** Drops everything that is known: the hub it was about is gone. @throws `FILE_FAILED` */
  forget(): void {
    const stored = this.#read()
    // Another process may have noticed first, and have begun anew already.
    const { generation } = this.#state
    const isForgotten = stored !== null && stored.generation !== generation
    this.#state = isForgotten ? stored : { ...blankState(), hasAnswered: this.#state.hasAnswered }
    this.#lastIdBefore = 0
    if (isForgotten) return
    this.#write(this.#state)
    // Afterwards: who is cut off before finds out once more.
    removeSeen(this.folder, generation, seenNames(this.folder, generation))
  }

  #change(change: (state: StateDocument) => StateDocument): void {
    const stored = this.#read()
    const isOther = stored !== null && stored.generation !== this.#state.generation
    if (isOther && this.#isStored) {
      // Another process has forgotten the hub that this run is about: what is learnt here serves this run alone.
      this.#state = change(this.#state)
      return
    }
    const changed = change(stored ?? this.#state)
    if (stored === null && !this.#createFile(changed)) {
      this.#change(change)
      return
    }
    if (stored !== null && JSON.stringify(changed) !== JSON.stringify(stored)) this.#write(changed)
    this.#state = changed
    this.#isStored = true
  }

  /** `false`: another process has made the file meanwhile. A damaged one is replaced. */
  #createFile(state: StateDocument): boolean {
    if (this.folder.create(STATE_FILE, stateText(state, this.#space))) return true
    if (this.#read() !== null) return false
    this.#write(state)
    return true
  }

  #write(state: StateDocument): void {
    this.folder.write(STATE_FILE, stateText(state, this.#space))
    this.#isStored = true
  }

  /** `null` where there is no file, or none that can be used. */
  #read(): StateDocument | null {
    return readState(this.folder, this.#space)
  }

  /** A moment by the file system's own clock, which is the one that the time stamps of files come from. */
  #markTime(): number {
    this.#scanTime ??= this.folder.touch('scan-time')
    return this.#scanTime
  }
}
