import { type Beneficiary, nameOf } from './beneficiary.js'
import { networkOf } from './network.js'
import { refusal } from './refusal.js'

/** Who has given or taken for less time than this is not called slow. */
const GRACE_MILLISECONDS = 1_000

/** Those for whom something is kept of whom one limit is. */
class Holders {
  readonly lots = new Set<Lot>()
  held = 0
}

const NOBODY = new Holders()

/** Groups of holders by name; one in which nothing is kept is none. */
class Groups {
  readonly #groups = new Map<string, Holders>()

  find(name: string): Holders {
    return this.#groups.get(name) ?? NOBODY
  }

  findOrMake(name: string): Holders {
    const present = this.#groups.get(name)
    if (present !== undefined) return present
    const made = new Holders()
    this.#groups.set(name, made)
    return made
  }

  forgetIfEmpty(name: string): void {
    if (this.#groups.get(name)?.lots.size === 0) this.#groups.delete(name)
  }
}

/**
 * Bytes that a hub keeps in memory for others while they send or take them: bounded for all together, for an address and for
 * a handle at an address. Where there is no room the slowest is let go, so whoever stalls keeps nobody else out; and before all
 * others who only claims a handle, for who has proved one.
 */
export class ByteBudget {
  readonly #total: number
  readonly #share: number
  readonly #open = new Set<Lot>()
  readonly #all = new Holders()
  readonly #addresses = new Groups()
  readonly #handles = new Groups()

  /** @param share the most of `total` that one address may have; one handle there may have half of that */
  constructor(total: number, share: number) {
    this.#total = total
    this.#share = share
  }

  /** @param cut lets go of what is kept; `release` follows */
  open(who: Beneficiary, cut: (reason: Error) => void): Lot {
    const lot = new Lot(this, networkOf(who.address), nameOf(who), who.isClaim, cut)
    this.#open.add(lot)
    return lot
  }

  /** See {@link Lot.hold}. */
  hold(lot: Lot, bytes: number): void {
    if (!this.#open.has(lot)) throw refusal('HUB_BUSY')
    if (bytes === 0) return
    this.#makeRoom(lot, bytes, this.#share / 2, this.#handles.find(lot.handle))
    this.#makeRoom(lot, bytes, this.#share, this.#addresses.find(lot.address))
    this.#makeRoom(lot, bytes, this.#total, this.#all)
    lot.held += bytes
    for (const holders of this.#holdersOf(lot)) {
      holders.lots.add(lot)
      holders.held += bytes
    }
  }

  /** See {@link Lot.pass}. */
  release(lot: Lot, bytes: number): void {
    if (bytes === 0) return
    lot.held -= bytes
    for (const holders of this.#holdersOf(lot)) {
      holders.held -= bytes
      if (lot.held === 0) holders.lots.delete(lot)
    }
    this.#handles.forgetIfEmpty(lot.handle)
    this.#addresses.forgetIfEmpty(lot.address)
  }

  /** See {@link Lot.close}. */
  close(lot: Lot): void {
    if (this.#open.delete(lot)) this.release(lot, lot.held)
  }

  #holdersOf({ handle, address }: Lot): readonly Holders[] {
    return [this.#all, this.#handles.findOrMake(handle), this.#addresses.findOrMake(address)]
  }

  #makeRoom(lot: Lot, bytes: number, limit: number, holders: Holders): void {
    if (holders.held + bytes <= limit) return
    const now = performance.now()
    const yields = (other: Lot): boolean => other.isClaim && !lot.isClaim
    const yielding = [...holders.lots]
      .filter((other) => other !== lot && (yields(other) || now - other.since > GRACE_MILLISECONDS))
      .sort((one, other) => Number(yields(other)) - Number(yields(one)) || one.speed(now) - other.speed(now))
    for (const other of yielding) {
      if (holders.held + bytes <= limit) return
      this.close(other)
      other.cut(refusal('HUB_BUSY'))
    }
    if (holders.held + bytes > limit) throw refusal('HUB_BUSY')
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
