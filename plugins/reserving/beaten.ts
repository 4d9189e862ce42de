import type { Conflict } from './conflicts.js'

export interface HeartbeatRequest {
  readonly runId: string
  /** The id of a reservation, its beginning, or an address as it is typed. All that the run holds when left out. */
  readonly reservationId?: string | null
  /** From now on; what is held keeps its own length when left out. */
  readonly extensionSeconds?: number | undefined
  /** Does not ask the hub: what only it can confirm is not confirmed. */
  readonly isOffline?: boolean
  /** Extends what its run waits for too: only who waits does so. */
  readonly keepsPlace?: boolean
  /** Somebody else tells the run what it has lost: it does not count as told by this. */
  readonly leavesTelling?: boolean
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean
}

export interface Beaten {
  /** `lost`: another run has what this one held, or its end had passed; `conflicts` and `notRenewed` say what. */
  readonly status: 'ok' | 'already_released' | 'not_found' | 'lost'
  readonly reservationId: string | null
  readonly runId: string
  /** `null` where no beat was given, like the two below. */
  readonly lastBeatAt: string | null
  readonly extendedExpiresAt: string | null
  readonly ttlExtendedSeconds: number | null
  /** The reservations that this beat extended. */
  readonly reservations: readonly { readonly reservationId: string; readonly extendedExpiresAt: string }[]
  /** All that it extended, by records of whatever kind. */
  readonly renewed: readonly RenewedHold[]
  /** What it could not extend. */
  readonly notRenewed: readonly NotRenewed[]
  /** With `not_found`: the nearest id, or `null`. */
  readonly nearest: string | null
  /** With `lost`: who has it. */
  readonly conflicts: readonly Conflict[]
}

export interface RenewedHold {
  readonly kind: string
  readonly recordId: string
  readonly what: string
  /** ISO 8601. */
  readonly until: string
}

export interface NotRenewed extends Omit<RenewedHold, 'until'> {
  /** When it ends or has ended; `null`: nobody knows. */
  readonly until: string | null
  /** `lost`: stop the work there. `taken`: another run has it from then on. `undecided`: its run has not been told that it has it. `unconfirmed`: the hub did not answer, or would not have it so. `fixed`: nothing extends what is held by records of this kind. */
  readonly reason: 'lost' | 'taken' | 'undecided' | 'unconfirmed' | 'fixed'
  /** The run that has it instead, as far as it is known. */
  readonly holder: string | null
}

/** A beat that has done nothing. */
export function nothingDone({ reservationId = null, runId }: HeartbeatRequest): Omit<Beaten, 'status'> {
  return {
    reservationId,
    runId,
    lastBeatAt: null,
    extendedExpiresAt: null,
    ttlExtendedSeconds: null,
    reservations: [],
    renewed: [],
    notRenewed: [],
    nearest: null,
    conflicts: [],
  }
}
