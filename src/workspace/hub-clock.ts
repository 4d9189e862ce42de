import { uptime } from 'node:os'
import { type Clock, systemClock } from '../base/clock.js'
import { bootId } from '../files/boot-id.js'
import type { SeenAt } from './state/as-of.js'

/** Nobody's clock is right by less; what is closer counts as the same time. */
const TOLERANCE_MILLISECONDS = 1000
/** How long what was read of the hub's time is believed before it is read again. */
const TRUSTED_MILLISECONDS = 1000

/**
 * The time by which a workspace is judged: its hub's, as it was when the last pull came, and what has passed here since; so
 * a machine whose clock is an hour off sees what the others see. Without a hub it is this machine's.
 */
export class HubClock implements Clock {
  readonly #own: Clock
  readonly #lastSeen: () => SeenAt | null
  #seen: SeenAt | null = null
  #readAt = Number.NEGATIVE_INFINITY

  /** @param lastSeen reads what the last pull noted; `null`: there was none */
  constructor(own: Clock, lastSeen: () => SeenAt | null) {
    this.#own = own
    this.#lastSeen = lastSeen
  }

  now(): number {
    const ticks = performance.now()
    if (ticks - this.#readAt >= TRUSTED_MILLISECONDS) {
      this.#readAt = ticks
      this.#seen = this.#lastSeen()
    }
    return this.#seen === null ? this.#own.now() : timeAtHub(this.#seen, this.#own)
  }

  /** Reads anew what is known: a pull has just noted something. */
  refresh(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }
}

/** A moment, to be noted with the hub's time. */
export function momentNow(own: Clock): Omit<SeenAt, 'hubTime'> {
  const boot = bootId()
  return { ownTime: own.now(), upTime: boot === null ? null : uptime() * 1000, boot }
}

/** The hub's time now. */
export function timeAtHub({ hubTime, ownTime, upTime, boot }: SeenAt, own: Clock): number {
  const now = own.now()
  const offset = hubTime - ownTime
  const here = Math.abs(offset) < TOLERANCE_MILLISECONDS ? now : now + offset
  if (own !== systemClock || upTime === null || boot === null || bootId() !== boot) return here
  // Somebody has set this clock since: then only the time since the start of the machine says how much has passed.
  const passed = uptime() * 1000 - upTime
  return Math.abs(now - ownTime - passed) < TOLERANCE_MILLISECONDS * 5 ? here : hubTime + passed
}
