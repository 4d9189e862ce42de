import type { SeenRecord } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import type { Entry } from '../entry.js'
import type { LeaseHolder } from './lease-notes.js'

/** What a run wants to have until a time. */
export interface LeaseWish {
  /** Name of a kind whose merge rule is `lease`. */
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  /** From now on. */
  readonly ttlSeconds: number
  /** Further fields of the payload. */
  readonly fields?: object
  /** Fields that are written when the lease is acquired, and stay as they are when it is renewed. */
  readonly firstFields?: object
  /**
   * The record that stands, where it names no end and the caller has seen that it finishes nothing: it is acquired anew once it
   * has lapsed, see {@link SeenRecord.lapsesAt}. Left out, what names no end is for good.
   */
  readonly abandoned?: SeenRecord | undefined
  /** It is asked for again until it is free: a refusal counts as no collision. */
  readonly isWaiting?: boolean
  /** It goes on with what it has: how long it takes the lease at a time stays as it was. */
  readonly isRenewal?: boolean
}

/** A lease that a run has. */
export interface HeldLease extends Pick<LeaseWish, 'kind' | 'recordId' | 'runId'> {
  readonly payload: JsonObject
  /** ISO 8601. */
  readonly expiresAt: string
  /** The fencing number, higher than any before; `null` where no hub gave one. */
  readonly token: number | null
  /** The run had it already, so that only its end has moved. */
  readonly isRenewed: boolean
  /** Taken without asking the hub that will decide. */
  readonly isProvisional: boolean
}

/** How a run lets go of a lease. */
export interface LeaseEnd extends Pick<LeaseWish, 'kind' | 'recordId' | 'runId' | 'fields'> {
  /** Nobody shall have it again. Left out: everybody may, at once. */
  readonly forGood?: boolean
}

/** A record that is to be written once whoever decides has said yes. */
export interface LeaseRequest {
  /** Name of a kind whose merge rule is `lease`. */
  readonly kind: string
  /** The record as it shall stand. Its expiry says what is asked: a time to come, or `null` to finish it for good. */
  readonly payload: object
  /** What stood when the caller made up its mind: what the view shows, or nothing. */
  readonly seen: Entry<object> | undefined
  /** The payload ends the lease, so that everybody may have it at once. Then its expiry has long passed on every clock. */
  readonly givesBack?: boolean
  /** Takes what another run holds, or has finished: at a hub for the owner of the space alone. */
  readonly force?: boolean
  /** The caller goes on to another when it is refused, and wants to know before what the others have taken meanwhile. */
  readonly pullsWhenRefused?: boolean
  /** What stood is {@link LeaseWish.abandoned}. */
  readonly isAbandoned?: boolean
}

export type LeaseAnswer =
  /** Done. `isConfirmed`: by a hub; else it holds among the processes of this machine. */
  | {
      readonly outcome: 'granted'
      readonly token: number | null
      readonly isConfirmed: boolean
      /** The run had it already, and has changed it. `false`: its tenure has begun. */
      readonly isRenewed: boolean
      /** As it stands in the file. */
      readonly payload: JsonObject
    }
  | LeaseRefusal

/** Why a lease was not written. */
export type LeaseRefusal =
  /** Another has it, `holder` as far as it is known. If this run had it, it is marked as lost. */
  | { readonly outcome: 'refused'; readonly holder: LeaseHolder | null }
  /** This very run has finished it for good. */
  | { readonly outcome: 'finished' }
  /** The run has it until then, ISO 8601, and can end it, but another one has seen to it that it is renewed no more. */
  | { readonly outcome: 'closed'; readonly until: string }
  /** Another process of this workspace was faster; what stands now is seen by looking again. */
  | { readonly outcome: 'changed' }
  /** Another process of this workspace is asking the hub for the same. */
  | { readonly outcome: 'asked' }
