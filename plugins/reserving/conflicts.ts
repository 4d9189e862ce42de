import {
  formatTimestamp,
  type Hold,
  HoldNotes,
  isHeldBy,
  type Meeting,
  readLivingHolds,
  type Workspace,
} from '../../src/plugin.js'
import { type Address, parseAddress } from '../addresses/address.js'
import { Comparisons } from '../addresses/comparisons.js'
import { addressesOverlap } from '../addresses/overlaps.js'
import { readText } from '../fields.js'

/** That an address meets what another run holds. */
export interface Conflict {
  /** The one that was asked about. */
  readonly address: string
  /** The one that is held. */
  readonly heldAddress: string
  /** Name of the kind by whose record it is held: `reservation`. */
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  /** `''` where nothing tells. */
  readonly branch: string
  readonly operation: string | null
  /** ISO 8601; `null`: until it is given back. */
  readonly until: string | null
}

/** Conflicts of one question, the first {@link MOST_CONFLICTS} of them. */
export interface Conflicts extends ReadonlyArray<Conflict> {
  /** How many there are beside them. */
  readonly leftOut?: number
}

/** Nobody reads more, and who writes thousands of patterns is not to fill a terminal or a model with them. */
const MOST_CONFLICTS = 1_000

/**
 * What other runs hold of some addresses, by records of whatever kind.
 *
 * @param ownRunId whose holds do no harm; `null`: nobody's
 */
export function findConflicts(workspace: Workspace, addresses: readonly string[], ownRunId: string | null): Conflicts {
  const holds = readLivingHolds(workspace)
  if (ownRunId === null) return meetings(workspace, holds, addresses)
  const [own, others] = [new Set<Hold>(), [] as Hold[]]
  for (const hold of holds) {
    if (isHeldBy(workspace, hold, ownRunId)) own.add(hold)
    else others.push(hold)
  }
  return meetings(workspace, withoutBehind(workspace, [...own], others), addresses)
}

/** What was asked for alone after the run was told that it has it alone waits behind it, or is about to be given back. */
function withoutBehind(workspace: Workspace, own: readonly Hold[], others: readonly Hold[]): readonly Hold[] {
  if (!own.some(({ isExclusive }) => isExclusive) || !others.some(({ isExclusive }) => isExclusive)) return others
  const notes = new HoldNotes(workspace.repo)
  const told = own.filter(({ kind, recordId, isExclusive }) => {
    const state = isExclusive ? notes.read(kind, recordId)?.state : undefined
    return state === 'held' || state === 'provisional'
  })
  return others.filter(
    (other) =>
      !(other.kind === 'reservation' && other.isExclusive && told.some((one) => addressesMeet(one, other, workspace))),
  )
}

/** Whether two holds of addresses meet; the other may be of whatever kind. */
export function addressesMeet(own: Hold, other: Hold, where: Meeting): boolean {
  // What bears a title is an id, which no pattern means.
  if (other.title !== undefined) return own.what === other.what
  return addressesOverlap(addressOf(own, where), addressOf(other, where))
}

/** Of holds that are compared with many others, while they are there. */
const addresses = new WeakMap<Hold, { readonly ignoresCase: boolean; readonly address: Address }>()

function addressOf(hold: Hold, { ignoresCase }: Meeting): Address {
  const known = addresses.get(hold)
  if (known?.ignoresCase === ignoresCase) return known.address
  const address = parseAddress(hold.what, { ignoresCase })
  addresses.set(hold, { ignoresCase, address })
  return address
}

/** Where some holds meet some addresses. */
export function meetings(where: Meeting, holds: readonly Hold[], addresses: readonly string[]): Conflicts {
  const wanted = addresses.map((address) => parseAddress(address, where))
  const comparisons = new Comparisons()
  const found: Conflict[] = []
  let leftOut = 0
  for (const hold of holds) {
    // What bears a title is an id, which no pattern means.
    const isId = hold.title !== undefined
    const held = isId ? null : comparisons.parse(hold.what, where)
    for (const address of wanted) {
      if (isId ? address.text !== hold.what : held !== null && !comparisons.overlap(address, held)) continue
      if (found.length < MOST_CONFLICTS) found.push(conflictOf(address.text, hold))
      else leftOut++
    }
  }
  return leftOut === 0 ? found : Object.assign(found, { leftOut })
}

function conflictOf(address: string, { what, kind, recordId, runId, until, details = {} }: Hold): Conflict {
  return {
    address,
    heldAddress: what,
    kind,
    recordId,
    runId,
    branch: readText(details.branch) ?? '',
    operation: readText(details.operation),
    until: until === null ? null : formatTimestamp(until),
  }
}
