import {
  freshness,
  hasNeverPulled,
  type IgnoredFile,
  lookForHolder,
  type Session,
  unreadHolds,
} from '../../src/plugin.js'
import { misspellings } from '../addresses/misspellings.js'
import { readAddresses } from '../addresses/read-addresses.js'
import { type Conflicts, findConflicts } from './conflicts.js'

export interface CheckRequest {
  /** As they are typed, see `ReserveRequest`. */
  readonly addresses: readonly string[]
  /** The run that asks: what it holds itself does not count. */
  readonly runId?: string | null
}

export interface Checked {
  /** `unknown`: nothing is known to be held, and something could not be read or the workspace has never pulled from its hub. */
  readonly status: 'free' | 'held' | 'unknown'
  /** As understood, from the top of the working tree. */
  readonly addresses: readonly string[]
  /** What lies outside of every working tree of the repository: nobody can hold it. */
  readonly outside: readonly string[]
  /** Paths that are not there, beside one that nearly is. */
  readonly misspelt: readonly { readonly address: string; readonly nearest: string }[]
  /** What other runs hold of them, by records of whatever kind; the first thousand. */
  readonly holders: Conflicts
  /** How many more there are of them. */
  readonly moreHolders: number
  /** What could not be read: others may hold more than is known. */
  readonly unread: readonly IgnoredFile[]
}

/** Tells whether addresses are free. Reads only, and asks no hub. Throws where a plugin or the disk cannot tell. */
export function check(session: Session, { addresses: typed, runId = null }: CheckRequest): Checked {
  const { workspace } = session.snapshot()
  const { inside: addresses, outside } = readAddresses(session, typed)
  const holders = lookForHolder(
    workspace,
    () => findConflicts(workspace, addresses, runId),
    (found) => found.length > 0,
  )
  const unread = unreadHolds(workspace)
  const knowsAll = unread.length === 0 && !hasNeverPulled(freshness(session))
  return {
    status: holders.length > 0 ? 'held' : knowsAll ? 'free' : 'unknown',
    addresses,
    outside,
    misspelt: misspellings(session, addresses),
    holders,
    moreHolders: holders.leftOut ?? 0,
    unread,
  }
}
