import { type Clock, systemClock } from '../base/clock.js'
import { nodeOs } from '../base/node-os.js'
import { ticks } from '../base/timer.js'
import { bootId } from '../files/boot-id.js'
import type { Repo } from './repo.js'
import { type SeenAt, seenOf } from './state/as-of.js'
import type { SpaceAddress } from './state/space-address.js'

/** Nobody's clock is right by less; what is closer counts as the same time. */
const TOLERANCE_MILLISECONDS = 1000
/** How long what was read of the hub's time is believed before it is read again. */
const TRUSTED_MILLISECONDS = 1000
/** Where two clocks of this machine go apart by so much, one was set, or it has slept. */
const JUMP_MILLISECONDS = 5 * TOLERANCE_MILLISECONDS

/**
 * The time by which a workspace is judged: its hub's, as it was when the last pull came, and what has passed here since; so
 * a machine whose clock is an hour off sees what the others see. Without a hub it is this machine's.
 */
export class HubClock implements Clock {
  readonly #own: Clock
  readonly #lastSeen: () => SeenAt | null
  /** How far the hub's time was ahead of this machine's when it was read. */
  #ahead = 0
  /** When that was, by both clocks of this machine. */
  #readAt = Number.NEGATIVE_INFINITY
  #ownReadAt = 0

  /** @param lastSeen reads what the last pull noted; `null`: there was none */
  constructor(own: Clock, lastSeen: () => SeenAt | null) {
    this.#own = own
    this.#lastSeen = lastSeen
  }

  now(): number {
    const at = ticks()
    const own = this.#own.now()
    const passed = at - this.#readAt
    const isTrusted = passed < TRUSTED_MILLISECONDS && Math.abs(own - this.#ownReadAt - passed) < JUMP_MILLISECONDS
    if (!isTrusted) {
      this.#readAt = at
      this.#ownReadAt = own
      const seen = this.#lastSeen()
      this.#ahead = seen === null ? 0 : timeAtHub(seen, this.#own) - own
    }
    return own + this.#ahead
  }

  /** Reads anew what is known: a pull has just noted something. */
  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }
}

/** The clock of a store. Nothing is read before it is asked. */
export function clockOf(repo: Repo, space: () => SpaceAddress | null, own: Clock): HubClock {
  return new HubClock(own, () => {
    const known = space()
    const seen = known === null ? [] : Object.values(seenOf(repo, known))
    return seen.reduce<SeenAt | null>((last, one) => (last === null || one.ownTime > last.ownTime ? one : last), null)
  })
}

/** A moment, to be noted with the hub's time. */
export function momentNow(own: Clock): Omit<SeenAt, 'hubTime'> {
  const boot = bootId()
  return { ownTime: own.now(), upTime: boot === null ? null : nodeOs().uptime() * 1000, boot }
}

/** The hub's time now. */
export function timeAtHub({ hubTime, ownTime, upTime, boot }: SeenAt, own: Clock): number {
  const now = own.now()
  const offset = hubTime - ownTime
  const here = Math.abs(offset) < TOLERANCE_MILLISECONDS ? now : now + offset
  if (own !== systemClock || upTime === null || boot === null || bootId() !== boot) return here
  // Somebody has set this clock since: then only the time since the start of the machine says how much has passed.
  const passed = nodeOs().uptime() * 1000 - upTime
  return Math.abs(now - ownTime - passed) < JUMP_MILLISECONDS ? here : hubTime + passed
}
