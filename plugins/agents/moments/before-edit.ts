import {
  type Hold,
  idArgument,
  notePlace,
  oneLine,
  placeName,
  placeOf,
  problemOf,
  readConfig,
  readLivingHolds,
  type Session,
  untilText,
} from '../../../src/plugin.js'
import { type Conflict, type Conflicts, findConflicts } from '../../reserving/conflicts.js'
import { reserve } from '../../reserving/reserve.js'
import { editedAddresses } from './edited-addresses.js'
import { ENOUGH_MILLISECONDS, type HookCall, linesOf, type Said, unreadFault } from './moment.js'
import { heldAgainst } from './news.js'

/** How long an edit holds its file unless the run beats. */
export const EDIT_SECONDS = 15 * 60

/** Reserves what an edit writes, by the store alone, or says who has it. */
export async function beforeEdit(call: HookCall): Promise<Said> {
  const denied: Conflict[] = []
  const warned: Conflict[] = []
  const faults: string[] = []
  for (const { session, addresses } of editedAddresses(call)) {
    const { refused, met, fault } = await hold(call, session, addresses)
    denied.push(...refused)
    // The notes of a run are those of the store in which it works.
    if (session.workspace.repo.root === call.session.workspace.repo.root) tryNoteRefused(call, addresses, refused)
    warned.push(...met)
    if (fault !== null) faults.push(fault)
  }
  if (denied.length > 0) return { deny: denialText(denied) }
  return { context: call.isHeardBeforeEdit ? warningText(warned) : null, fault: faults[0] ?? null }
}

/** Whoever is refused is refused, also where a full disk or another's store keeps that from being noted. */
function tryNoteRefused(call: HookCall, addresses: readonly string[], refused: readonly Conflict[]): void {
  try {
    noteRefused(call, addresses, refused)
  } catch (error) {
    call.session.note(`⚠️  muse-coord: it will not be told when it is free: ${problemOf(error)}`)
  }
}

function noteRefused({ notes }: HookCall, addresses: readonly string[], refused: readonly Conflict[]): void {
  for (const { address } of refused) notes.addRefused(address)
  const known = refused.length === addresses.length ? [] : notes.refused()
  const own = known.filter((one) => addresses.includes(one) && !refused.some(({ address }) => address === one))
  for (const address of own) notes.forgetRefused(address)
}

/** That others hold some of what was edited without keeping anybody out of it; `null`: nobody does. */
export function warningText(met: Conflicts): string | null {
  const lines = met
    .slice(0, MOST_TOLD)
    .map((one) => `muse-coord: ${heldText(one)}. It only warns: go on with care, or ask that run.`)
  return linesOf([...lines, ...othersText(met)])
}

async function hold({ runId, notes }: HookCall, session: Session, addresses: readonly string[]) {
  // Both questions are answered by one look at the store.
  const { workspace } = session.snapshot()
  const holds = readLivingHolds(workspace)
  const missing = addresses.filter((address) => !holds.some((one) => isEnough(one, address, session, runId)))
  notePlace(workspace.repo)
  if (missing.length === 0) return { refused: [], met: findConflicts(workspace, addresses, runId), fault: null }
  const wish = {
    // They count from the top of the tree.
    addresses: missing.map((address) => `:/${address}`),
    runId,
    operation: 'modify',
    ttlSeconds: EDIT_SECONDS,
    deny: true,
    passesAdvisory: true,
    passesBroken: true,
    isToldOnly: readConfig(session.workspace.repo).agentMode !== 'block',
    isOffline: true,
  }
  const reserved = await reserve(session, wish).catch((error: unknown) => {
    // What cannot be reserved may be held all the same, and that needs no writing.
    const conflicts = heldAgainst({ session, runId }, missing)
    if (conflicts.length === 0) throw error
    session.note(`⚠️  muse-coord: ${problemOf(error)}`)
    return { status: 'held' as const, conflicts }
  })
  // The session's own id is nobody else's: it has gone on in another tree, which keeps nobody out.
  if (reserved.status === 'held') return { refused: reserved.conflicts, met: [], fault: null }
  if (reserved.reservationId !== null && !reserved.renewed) notes.addEdit(reserved.reservationId)
  return { refused: [], met: reserved.status === 'ok' ? reserved.conflicts : [], fault: unreadFault(workspace) }
}

function isEnough(hold: Hold, address: string, { workspace }: Session, runId: string): boolean {
  if (hold.runId !== runId || hold.what !== address || !hold.isExclusive) return false
  if (hold.author !== null || placeName(hold.place) !== placeName(placeOf(workspace.repo))) return false
  return hold.until === null || hold.until - workspace.clock.now() > ENOUGH_MILLISECONDS
}

function denialText(conflicts: Conflicts): string {
  const [{ recordId }] = conflicts as [Conflict, ...Conflict[]]
  const lines = [...conflicts.slice(0, MOST_TOLD).map((one) => `${heldText(one)}.`), ...othersText(conflicts)]
  return `${lines.join('\n')}\nThe file was not written. Work on something else, or wait for it: muse-coord wait ${idArgument(recordId)}`
}

/** A model reads all that it is told. */
const MOST_TOLD = 20

function othersText({ length, leftOut = 0 }: Conflicts): readonly string[] {
  return length <= MOST_TOLD ? [] : [`… and ${length - MOST_TOLD + leftOut} more are held.`]
}

function heldText({ address, heldAddress, runId, branch, operation, until }: Conflict): string {
  const where = heldAddress === address ? '' : ` (${heldAddress})`
  const who = branch === '' ? runId : `${runId} on ${branch}`
  const what = operation === null ? '' : ` to ${operation} it`
  return oneLine(`${address}${where} is held by the run ${who}${what}, ${untilText(until)}`)
}
