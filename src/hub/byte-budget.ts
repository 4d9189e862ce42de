import { type Beneficiary, nameOf } from './beneficiary.js'
import { networkOf } from './network.js'
import { refusal } from './refusal.js'

/** Who has given or taken for less time than this is not called slow. */
const GRACE_MILLISECONDS = 1_000

/**
 * Bytes that a hub keeps in memory for others while they send or take them: bounded for all together, for an address and for
 * a handle at an address. Where there is no room the slowest is let go, so whoever stalls keeps nobody else out; and before all
 * others who only claims a handle, for who has proved one.
 */
export class ByteBudget {
  readonly #total: number
  readonly #share: number
  readonly #lots = new Set<Lot>()
  #held = 0

  /** @param share the most of `total` that one address may have; one handle there may have half of that */
  constructor(total: number, share: number) {
    this.#total = total
    this.#share = share
  }

  /** @param cut lets go of what is kept; `release` follows */
  open(who: Beneficiary, cut: (reason: Error) => void): Lot {
    const lot = new Lot(this, networkOf(who.address), nameOf(who), who.isClaim, cut)
    this.#lots.add(lot)
    return lot
  }

  /** See {@link Lot.hold}. */
  hold(lot: Lot, bytes: number): void {
    if (!this.#lots.has(lot)) throw refusal('HUB_BUSY')
    const sameHandle = (other: Lot): boolean => other.handle === lot.handle
    const sameAddress = (other: Lot): boolean => other.address === lot.address
    this.#makeRoom(lot, bytes, this.#share / 2, sameHandle)
    this.#makeRoom(lot, bytes, this.#share, sameAddress)
    this.#makeRoom(lot, bytes, this.#total, () => true)
    lot.held += bytes
    this.#held += bytes
  }

  /** See {@link Lot.pass}. */
  release(lot: Lot, bytes: number): void {
    lot.held -= bytes
    this.#held -= bytes
  }

  /** See {@link Lot.close}. */
  close(lot: Lot): void {
    if (this.#lots.delete(lot)) this.release(lot, lot.held)
  }

  #makeRoom(lot: Lot, bytes: number, limit: number, isMeant: (other: Lot) => boolean): void {
    // While all together have room within a limit, so has each part of them.
    if (this.#held + bytes <= limit) return
    const others = [...this.#lots].filter((other) => isMeant(other))
    let held = others.reduce((sum, other) => sum + other.held, 0)
    const now = performance.now()
    const yields = (other: Lot): boolean => other.isClaim && !lot.isClaim
    const yielding = others
      .filter((other) => other !== lot && other.held > 0 && (yields(other) || now - other.since > GRACE_MILLISECONDS))
      .sort((one, other) => Number(yields(other)) - Number(yields(one)) || one.speed(now) - other.speed(now))
    for (const other of yielding) {
      if (held + bytes <= limit) return
      held -= other.held
      this.close(other)
      other.cut(refusal('HUB_BUSY'))
    }
    if (held + bytes > limit) throw refusal('HUB_BUSY')
  }
}

/** What is kept for one request. */
export class Lot {
  held = 0
  /** Monotonic milliseconds. */
  readonly since = performance.now()
  #passed = 0

  constructor(
    private readonly budget: ByteBudget,
    readonly address: string,
    readonly handle: string,
    readonly isClaim: boolean,
    readonly cut: (reason: Error) => void,
  ) {}

  /** Bytes to be kept from now on. Throws `HUB_BUSY` where there is no room, or was none before and this one had to go. */
  hold(bytes: number): void {
    this.budget.hold(this, bytes)
  }

  /** Bytes that the other side gave or took. */
  pass(bytes: number): void {
    this.#passed += bytes
  }

  /** Bytes that are kept no longer. */
  release(bytes: number): void {
    this.budget.release(this, Math.min(bytes, this.held))
  }

  /** Nothing is kept any more. */
  close(): void {
    this.budget.close(this)
  }

  /** Bytes a millisecond. */
  speed(now: number): number {
    return this.#passed / (now - this.since)
  }
}
