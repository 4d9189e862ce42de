import type { JsonObject } from '../../record/record.js'

/** Where the payload of a lease says for how many seconds it was taken, so that a beat extends it by as much. */
export const LENGTH_FIELD = 'ttl_seconds'

/** For how long a lease is held at a time, in milliseconds; `undefined`: its payload does not tell. */
export function leaseLength({ [LENGTH_FIELD]: seconds }: JsonObject): number | undefined {
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined
}
