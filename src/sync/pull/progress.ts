import { CoordError, coordError } from '../../base/errors.js'
import type { RawPullAnswer } from '../../hub-client/pull-answer.js'
import { CUT_PAGE_BYTES, type PullQuery } from '../../record/protocol.js'
import type { SyncState } from '../../workspace/state/sync-state.js'

export interface PullBounds {
  /** The hub's address, for sentences. */
  readonly hub: string
  /** Names of the kinds that are pulled, at least one. */
  readonly kinds: readonly string[]
  /** Whether the caller chose them; if not, the hub is not asked to filter, and what nobody here registers shows up. */
  readonly filtered: boolean
  /** Start here whatever was pulled before. */
  readonly sinceId: number | undefined
  /** The most records to take. */
  readonly limit: number
  /** The most records of one request. */
  readonly pageLimit: number
}

/**
 * How far a pull has come. Every kind has a cursor of its own, so a filter never skips what another one has not seen,
 * and a kind that is registered later catches up by itself before it goes on together with the rest.
 */
export class PullProgress {
  readonly #cursors = new Map<string, number>()
  #step: Step = { query: { sinceId: 0, limit: 0, kinds: [] }, kinds: [], upTo: null }
  /** The highest id that retention is known to have removed. */
  #floorId: number
  #deferred: { readonly cursors: ReadonlyMap<string, number>; readonly answer: RawPullAnswer } | null = null
  startedOver = false

  constructor(
    private readonly bounds: PullBounds,
    private readonly state: SyncState,
  ) {
    this.#floorId = state.floorId
    for (const kind of bounds.kinds) this.#cursors.set(kind, bounds.sinceId ?? state.cursor(kind))
  }

  /** Everything of all these kinds up to this id has come. */
  get cursor(): number {
    return Math.min(...this.#cursors.values())
  }

  /** What to ask for next: the kinds that are furthest behind, from where they stand. */
  next(count: number): PullQuery {
    const sinceId = this.cursor
    const ahead = [...this.#cursors.values()].filter((cursor) => cursor > sinceId)
    const kinds = [...this.#cursors.keys()].filter((kind) => this.#cursors.get(kind) === sinceId)
    const filter = this.bounds.filtered || ahead.length > 0 ? kinds : []
    const limit = Math.min(this.bounds.pageLimit, this.bounds.limit - count)
    const query = { sinceId, limit, kinds: filter }
    this.#step = { query, kinds, upTo: ahead.length === 0 ? null : Math.min(...ahead) }
    return query
  }

  /**
   * Takes note of the answer to the last query; tells whether the hub has more. Nothing is saved yet.
   *
   * @throws `HUB_ANSWER` when it has more and does not get on, or hands it out so little by little that it would be asked
   *   for ever
   */
  advance(page: RawPullAnswer): boolean {
    const { query, kinds, upTo } = this.#step
    // A plain hub answers 0 where nothing is new; what has been seen stays seen.
    const reached = Math.max(query.sinceId, page.cursor)
    const hasMore = page.hasMore ?? (page.records.length > 0 && page.records.length >= query.limit)
    if (hasMore && reached === query.sinceId) {
      throw coordError('HUB_ANSWER', this.bounds.hub, `it says that there is more and stays at cursor ${page.cursor}.`)
    }
    const { length } = page.records
    if (hasMore && length < query.limit && page.bytes < CUT_PAGE_BYTES) {
      throw coordError(
        'HUB_ANSWER',
        this.bounds.hub,
        `it says that there is more after ${length} of ${query.limit} records.`,
      )
    }
    // Beyond the others these kinds go on together with them, in one request. Where a hub has no more of them they are
    // as far as the others, even if its cursor stops at the last record that it sent.
    const cursor = upTo === null ? reached : hasMore ? Math.min(reached, upTo) : upTo
    for (const kind of kinds) this.#cursors.set(kind, cursor)
    return upTo !== null || hasMore
  }

  /** Whether another request is due after `count` records. */
  wants(count: number, hasMore: boolean): boolean {
    return hasMore && count < this.bounds.limit
  }

  /** Takes note of what is on disk up to these cursors, and not in its place yet. Of the hub this much is known already. */
  defer(cursors: ReadonlyMap<string, number>, answer: RawPullAnswer): void {
    this.#deferred = { cursors, answer }
    this.state.saveCursors(new Map(), answer.epoch, 0, answer.features)
  }

  /** Saves what was deferred last, once that is in its place. */
  saveDeferred(): void {
    if (this.#deferred !== null) this.save(this.#deferred.cursors, this.#deferred.answer)
  }

  /** Saves the cursors given, which must cover nothing but what is in its place. */
  save(cursors: ReadonlyMap<string, number>, { epoch, floorId, features }: RawPullAnswer): void {
    this.#deferred = null
    const covered = new Map<string, number>()
    for (const [kind, cursor] of cursors) {
      const saved = this.state.cursor(kind)
      // A pull that began beyond the saved cursor leaves a gap, and a cursor must not pass over one.
      if ((this.bounds.sinceId ?? saved) <= saved && cursor > saved) covered.set(kind, cursor)
    }
    this.state.saveCursors(covered, epoch, this.bounds.sinceId === undefined ? floorId : 0, features)
  }

  /** The cursors as they stand now. */
  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#cursors)
  }

  /**
   * Whether a page comes from another hub than the one that the saved state is about; then the state is dropped.
   *
   * @throws `HUB_CHANGING` when that happens a second time
   */
  isOtherHub(page: RawPullAnswer): boolean {
    const { epoch } = this.state
    const isOther = epoch !== null && page.epoch !== undefined && page.epoch !== epoch
    if (!isOther && page.follows !== false) return false
    if (this.startedOver) throw coordError('HUB_CHANGING', this.bounds.hub)
    this.state.forget()
    return this.#restart()
  }

  /**
   * Whether retention has removed records since this workspace was last there that it never saw. Then it has to begin
   * anew: what is left is all that can be known, and nothing may look as if it were complete when it isn't.
   */
  isPassedByRetention({ floorId }: RawPullAnswer): boolean {
    const { sinceId } = this.#step.query
    const isNews = floorId > this.#floorId
    this.#floorId = Math.max(this.#floorId, floorId)
    if (!isNews || sinceId === 0 || sinceId >= floorId || this.bounds.sinceId !== undefined) return false
    this.state.pullAnew(floorId)
    return this.#restart()
  }

  /** Starts over when the hub says that it ends before the cursor; any other error is thrown on. */
  startOver(error: unknown): null {
    const hubIsBehind = error instanceof CoordError && error.code === 'HUB_CURSOR_AHEAD'
    if (!hubIsBehind || this.bounds.sinceId !== undefined || this.startedOver) throw error
    this.state.forget()
    this.#restart()
    return null
  }

  /** Whoever named a place to start from keeps it; else everything is pulled anew. */
  #restart(): boolean {
    this.#deferred = null
    if (this.bounds.sinceId !== undefined) return false
    for (const kind of this.#cursors.keys()) this.#cursors.set(kind, 0)
    this.startedOver = true
    return true
  }
}

interface Step {
  readonly query: PullQuery
  /** The kinds that this request brings further. */
  readonly kinds: readonly string[]
  /** Where the next kinds stand; `null`: these are all. */
  readonly upTo: number | null
}
