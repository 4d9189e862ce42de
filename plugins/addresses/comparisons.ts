import type { Meeting } from '../../src/plugin.js'
import { type Address, parseAddress } from './address.js'
import { newSteps } from './names-meet.js'
import { addressesOverlap } from './overlaps.js'

/** For all comparisons of one question together: a quarter of a second. */
const STEPS_OF_A_QUESTION = 20_000_000

/** For those of one party, as long as there are steps for all: what people write takes some thousand. */
const STEPS_OF_A_PARTY = 2_000_000

/** For each comparison when there are none left: enough for what people write, so that one party spoils no answer about others. */
const STEPS_AT_LEAST = 1_000

/** For all of those together, some seconds: what people write never takes so many, however much of it there is. */
const LAST_STEPS_OF_A_QUESTION = 200_000_000

/** For the same party then. */
const LAST_STEPS_OF_A_PARTY = 50_000

/** A comparison that walks through nothing costs about as much as so many steps. */
const STEPS_OF_A_LOOK = 20

/**
 * The comparisons of one question. However many patterns there are, and whoever wrote them, they take bounded time together:
 * beyond it two that are long count as meeting, as in a single comparison.
 */
export class Comparisons {
  #left = STEPS_OF_A_QUESTION
  readonly #used = new Map<object, number>()
  #lastLeft: number

  /** @param lastSteps for all comparisons together that come when there are none left */
  constructor(lastSteps = LAST_STEPS_OF_A_QUESTION) {
    this.#lastLeft = lastSteps
  }

  /** Takes an address apart; `null`: there are no steps left, and whoever asks is to take it for meeting everything. */
  parse(text: string, where: Meeting): Address | null {
    if (this.#lastLeft < 0) return null
    const address = parseAddress(text, where)
    // What people write is one path.
    if (address.paths.length > 1) this.#take(address.paths.length * text.length)
    return address
  }

  /** Whether two addresses overlap. */
  overlap(one: Address, other: Address): boolean {
    const isForAll = this.#left > 0
    if (!isForAll && this.#lastLeft < 0) return true
    const given = isForAll ? newSteps() : newSteps(STEPS_AT_LEAST)
    const most = given.left
    const doMeet = addressesOverlap(one, other, given)
    this.#take(most - given.left)
    this.#left -= STEPS_OF_A_LOOK
    return doMeet
  }

  #take(steps: number): void {
    if (this.#left > 0) this.#left -= steps
    else this.#lastLeft -= steps
  }

  /**
   * The same for addresses of two parties, each of which has so many steps; `null`: one of them has used up its own, and whoever
   * asks is to take it for meeting everything.
   */
  overlapOf(parties: readonly [object, object], one: Address, other: Address): boolean | null {
    if (parties.some((party) => this.isUsedUp(party))) return null
    const before = this.#left
    const doMeet = this.overlap(one, other)
    for (const party of parties) this.#used.set(party, (this.#used.get(party) ?? 0) + before - this.#left)
    return doMeet
  }

  /** Counts that an address was come across that is not compared. */
  look(party: object): void {
    this.#left -= STEPS_OF_A_LOOK
    this.#used.set(party, (this.#used.get(party) ?? 0) + STEPS_OF_A_LOOK)
  }

  /** Whether a party has used up its steps. */
  isUsedUp(party: object): boolean {
    return (this.#used.get(party) ?? 0) > (this.#left > 0 ? STEPS_OF_A_PARTY : LAST_STEPS_OF_A_PARTY)
  }
}
