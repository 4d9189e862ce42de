import type { Copy } from '../../workspace/entry.js'
import type { MergeRule } from '../record.js'

/** Whether a copy has lapsed at a time, in milliseconds since 1970. At the very millisecond it has, as on the hub. */
export function hasLapsed(copy: Pick<Copy, 'expiresAt'>, now: number): boolean {
  return copy.expiresAt !== null && Date.parse(copy.expiresAt) <= now
}

/**
 * Which of two copies of one record id stands: the workspace's own file, or what the hub had at the last pull.
 *
 * - `once`: the first that the hub took stays for everybody, so the hub's copy stands before a file of another run, and
 *   a run's own file before its copy that came back.
 * - `latest`: a run's own file; between two runs the one that came into this workspace later, for its writer saw the
 *   other or the hub put it in the other's place.
 * - `lease`: see {@link leaseStands}.
 *
 * Times of two machines are never compared: arrival is told by the one clock of the local file system.
 */
export function standingCopy(rule: MergeRule, local: Copy, remote: Copy, now: number): Copy {
  if (rule === 'lease') return leaseStands(local, remote, now)
  if (local.runId === remote.runId) return local
  if (rule === 'once') return remote
  return local.arrivedAt > remote.arrivedAt ? local : remote
}

/**
 * The lease of one run seen twice: its own file, which is ahead until the next push, unless the hub has it as finished
 * for good. Of two runs:
 *
 * 1. the hub's, when it is for good;
 * 2. the one that has not lapsed, when the other has: the hub would give it to whoever asks;
 * 3. the one that came into this workspace later. A local file that is younger than the hub's copy was written by a
 *    verb that saw that copy; a copy that a pull brought after it is the hub's verdict on it, a higher token.
 */
function leaseStands(local: Copy, remote: Copy, now: number): Copy {
  if (local.runId === remote.runId) return remote.expiresAt === null ? remote : local
  if (remote.expiresAt === null) return remote
  const localLapsed = hasLapsed(local, now)
  if (localLapsed !== hasLapsed(remote, now)) return localLapsed ? remote : local
  return local.arrivedAt > remote.arrivedAt ? local : remote
}
