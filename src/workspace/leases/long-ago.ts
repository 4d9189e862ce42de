/** The expiry of a lease that was given back: it has passed on every clock, however wrong it goes. */
export const LONG_AGO = '1970-01-01T00:00:00.000000+00:00'
