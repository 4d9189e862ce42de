import { CoordError, coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import type { HubClient } from '../../hub-client/hub-client.js'
import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import type { Conflict, Rejection } from '../../record/protocol.js'
import type { Repo } from '../../workspace/repo.js'
import type { SyncState } from '../../workspace/state/sync-state.js'
import { bodyOf } from './batches.js'
import { type Contested, readContested } from './contested-leases.js'
import { noteLeases } from './note-leases.js'
import { asSent, type Outbox, type OutgoingRecord, remember } from './outbox.js'
import { isOvertaken, type Overtaken, readAgain, type Standing } from './overtaken.js'
import type { Failure, OnPushError, Tally } from './tally.js'

/** How many batches in a row may go unanswered before the rest is not tried: each costs its retries or its time limit. */
const UNANSWERED_LIMIT = 2
const UNANSWERED = new Set(['HUB_UNREACHABLE', 'NETWORK_CLOSED', 'HUB_TIMEOUT'])

/** How many batches are under way at once, when the hub answers: it makes those durable together that wait together. */
const AT_ONCE = 4

/** How often a register is sent once more whose revision another writer was faster to change. */
const TRIES = 5

/** Sends batches, several at a time, and remembers what each brought as soon as it is acknowledged. */
export class Delivery {
  /** The hub turned out to be another one than the state was about. */
  metOtherHub = false
  interrupted = false
  /** A hub has answered at all. */
  wasAnswered = false
  #unanswered = 0
  #hasGivenUp = false
  /** Nothing is known of a hub before it has answered once; until then it gets one batch at a time. */
  #hasAnswered = false
  /** With the names of the records of each. */
  readonly #underWay = new Map<Promise<void>, ReadonlySet<string>>()
  #failure: unknown = null

  constructor(
    private readonly client: HubClient,
    private readonly space: { readonly owner: string; readonly slug: string; readonly repo: Repo },
    private readonly state: SyncState,
    private readonly tally: Tally,
    private readonly standing: Standing,
    private readonly onError: OnPushError | undefined,
  ) {}

  /** Whether there is no sense in sending more. */
  get isOver(): boolean {
    return this.interrupted || this.metOtherHub || this.#unanswered >= UNANSWERED_LIMIT
  }

  /**
   * Begins to send a batch as soon as there is room for one more. A record that is under way already is waited for, so
   * that versions of one record arrive in the order in which they were given.
   *
   * Rejects with `FILE_FAILED` when what an earlier one brought cannot be remembered.
   */
  async take(batch: readonly OutgoingRecord[]): Promise<void> {
    const names = new Set(batch.map(nameOf))
    while (this.#underWay.size >= (this.#hasAnswered ? AT_ONCE : 1) || this.#areUnderWay(names)) {
      await Promise.race(this.#underWay.keys())
    }
    if (this.#failure !== null) throw this.#failure
    const sending = this.#send(batch)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.set(sending, names)
  }

  /** Sends nothing, to hear which hub it is. A failure is told as that of a batch. */
  async meetHub(): Promise<void> {
    try {
      const { owner, slug } = this.space
      const { epoch, cursor, features, follows } = await this.client.push(owner, slug, bodyOf([]))
      this.wasAnswered = true
      this.metOtherHub = !this.state.meetHub(epoch, cursor, features, follows)
    } catch (error) {
      await this.#handleFailure([], error)
    }
  }

  /** Resolves when nothing is under way any more; rejects as {@link take} does. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay.keys())
    if (this.#failure !== null) throw this.#failure
  }

  #areUnderWay(names: ReadonlySet<string>): boolean {
    for (const others of this.#underWay.values()) for (const name of others) if (names.has(name)) return true
    return false
  }

  /** Resolves whatever becomes of the batch; rejects with `FILE_FAILED` when it cannot be remembered. */
  async #send(batch: readonly OutgoingRecord[], tries = TRIES): Promise<void> {
    if (this.isOver) {
      this.#leave(batch)
      return
    }
    let answer: LenientPushAnswer
    try {
      answer = await this.client.push(this.space.owner, this.space.slug, bodyOf(batch))
      assertComplete(answer, batch)
    } catch (error) {
      await this.#handleFailure(batch, error)
      return
    }
    this.#unanswered = 0
    this.#hasAnswered = true
    this.wasAnswered = true
    this.metOtherHub ||= !this.state.meetHub(answer.epoch, answer.cursor, answer.features, answer.follows)
    this.#remember(batch, answer)
    const overtaken = this.metOtherHub || tries === 0 ? [] : answer.conflicts.filter(isOvertaken)
    const leases = await this.#contested(batch, answer, tries)
    const isOpen = (one: Conflict) => !leases.answered.has(one) && overtaken.every((other) => other !== one)
    const told = { ...answer, conflicts: answer.conflicts.filter(isOpen) }
    this.tally.add(told)
    this.#remark(batch, told.conflicts, answer.rejected)
    const unanswered = new Set([...leases.answered].map(({ kind, recordId }) => `${kind}/${recordId}`))
    const decided = batch.filter((record) => !unanswered.has(nameOf(record)))
    this.tally.lost.push(...noteLeases(this.space.repo, decided, told))
    const registers = overtaken.length === 0 ? [] : await this.#readAgain(batch, overtaken)
    const again = [...registers, ...leases.again]
    if (again.length > 0) await this.#send(again, tries - 1)
  }

  /** What stands there may have to be fetched first; where it cannot be, the records are left for the next push. */
  async #readAgain(batch: readonly OutgoingRecord[], overtaken: readonly Overtaken[]): Promise<OutgoingRecord[]> {
    try {
      return await readAgain(this.state, batch, overtaken, this.standing)
    } catch (error) {
      const names = new Set(overtaken.map(({ kind, recordId }) => `${kind}/${recordId}`))
      await this.#handleFailure(
        batch.filter((record) => names.has(nameOf(record))),
        error,
      )
      return []
    }
  }

  /** Another hub is told everything once more, and what it said of single leases counts no longer. */
  #contested(
    batch: readonly OutgoingRecord[],
    answer: LenientPushAnswer,
    tries: number,
  ): Promise<Contested> | Contested {
    if (this.metOtherHub)
      return { again: [], answered: new Set(answer.conflicts.filter(({ token }) => token !== undefined)) }
    if (tries === 0 || answer.conflicts.length === 0) return { again: [], answered: new Set() }
    return readContested(this.space.repo, this.state, batch, answer)
  }

  #leave(batch: readonly OutgoingRecord[]): void {
    this.tally.unsent += batch.length
    if (this.#hasGivenUp || this.#unanswered < UNANSWERED_LIMIT) return
    this.#hasGivenUp = true
    this.#report({
      message: 'The hub does not answer; the rest was not tried.',
      hint: 'Push again when it does: what it has it will skip.',
    })
  }

  async #handleFailure(batch: readonly OutgoingRecord[], error: unknown): Promise<void> {
    if (!(error instanceof CoordError)) throw error
    if (error.code === 'HUB_TOO_LARGE') return this.#split(batch, error)
    this.tally.unsent += batch.length
    if (error.code === 'INTERRUPTED') {
      if (this.interrupted) return // Told already, by another that was under way.
      this.interrupted = true
    } else this.#unanswered = UNANSWERED.has(error.code) ? this.#unanswered + 1 : 0
    if (this.#unanswered > 0) this.#hasAnswered = false
    this.#report(error)
  }

  /** Halves until the one record is found that is too large by itself. */
  async #split(batch: readonly OutgoingRecord[], error: CoordError): Promise<void> {
    const [first] = batch
    if (first === undefined) return
    if (batch.length === 1) {
      const refusal = { kind: first.outbox.kind.name, recordId: first.recordId, reason: error.message }
      this.tally.rejected.push(refusal)
      this.#remark(batch, [], [refusal])
      return
    }
    const middle = Math.ceil(batch.length / 2)
    await this.#send(batch.slice(0, middle))
    await this.#send(batch.slice(middle))
  }

  #report(failure: Failure): void {
    this.tally.fail(failure, this.onError)
  }

  #remark(batch: readonly OutgoingRecord[], conflicts: readonly Conflict[], rejected: readonly Rejection[]): void {
    if (conflicts.length + rejected.length === 0) return
    const sent = new Map(batch.map((record) => [nameOf(record), record]))
    const add = (what: 'refused' | 'conflict', { kind, recordId }: Rejection | Conflict, reason: string) => {
      const record = sent.get(`${kind}/${recordId}`)
      if (record === undefined) return // The answer was checked: it names nothing else.
      this.tally.remarks.add({ what, kind, recordId, reason, file: asSent(record.outbox.kind, record.file) })
    }
    for (const one of rejected) add('refused', one, one.reason)
    for (const one of conflicts) add('conflict', one, one.holder ? `${one.reason} by ${one.holder.runId}` : one.reason)
  }

  /** Whatever an answer does not name as refused, the hub has. */
  #remember(batch: readonly OutgoingRecord[], answer: LenientPushAnswer): void {
    const refused = new Set(refusedBy(answer))
    const held = new Map<Outbox, OutgoingRecord[]>()
    for (const record of batch) {
      if (refused.has(nameOf(record))) continue
      this.tally.remarks.pass({ kind: record.outbox.kind.name, recordId: record.recordId })
      const ofOne = held.get(record.outbox)
      if (ofOne === undefined) held.set(record.outbox, [record])
      else ofOne.push(record)
    }
    for (const [{ kind, sent }, records] of held) {
      // With another hub the state has begun anew, and what was opened before belongs to the old one.
      remember(this.metOtherHub ? this.state.sent(kind) : sent, records)
    }
  }
}

/** An answer that does not add up leaves open which records the hub has. */
function assertComplete(answer: LenientPushAnswer, batch: readonly OutgoingRecord[]): void {
  const { inserted, updated, skipped, conflicts, rejected } = answer
  const told = inserted + updated + skipped + conflicts.length + rejected.length
  if (told !== batch.length) throw coordError('HUB_COUNT', told, batch.length)

  const unanswered = new Map<string, number>()
  for (const name of batch.map(nameOf)) unanswered.set(name, (unanswered.get(name) ?? 0) + 1)
  for (const name of refusedBy(answer)) {
    const left = (unanswered.get(name) ?? 0) - 1
    if (left < 0) throw coordError('HUB_MISNAMED', quote(name), batch.length)
    unanswered.set(name, left)
  }
}

function refusedBy({ conflicts, rejected }: LenientPushAnswer): string[] {
  return [...conflicts, ...rejected].map(({ kind, recordId }) => `${kind}/${recordId}`)
}

function nameOf({ outbox, recordId }: OutgoingRecord): string {
  return `${outbox.kind.name}/${recordId}`
}
