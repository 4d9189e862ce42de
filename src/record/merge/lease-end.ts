/** How long a lease may last where nobody says otherwise, in seconds. */
export const LEASE_BOUND_SECONDS = 24 * 3600

/** A lease that is there, as far as it tells when it ends. */
export interface Lasting {
  /** ISO 8601; `null`: it names no end. */
  readonly expiresAt: string | null
  /** Whether its writer counts tenures. */
  readonly isCounted: boolean
  /** When it came to whoever decides: milliseconds since 1970; `null`: nobody knows. */
  readonly cameAt: number | null
}

/**
 * When a lease lapses: milliseconds since 1970; `null`: never.
 *
 * Without an end it is finished for good, by a writer that counts tenures. One that counts none may have meant "mine", and be
 * gone: its lease lapses once the bound has passed since it came. What it had finished still says so in its payload.
 *
 * @param boundSeconds `null`: there is no bound
 */
export function leaseEnd({ expiresAt, isCounted, cameAt }: Lasting, boundSeconds: number | null): number | null {
  if (expiresAt !== null) return Date.parse(expiresAt)
  return isCounted || cameAt === null || boundSeconds === null ? null : cameAt + boundSeconds * 1000
}
