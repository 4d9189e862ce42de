import { isHeldBy, oneLine, readLivingHolds, settleIndex, untilText } from '../../../src/plugin.js'
import { findConflicts, meetings } from '../../reserving/conflicts.js'
import { heartbeat } from '../../reserving/heartbeat.js'
import { reserve } from '../../reserving/reserve.js'
import { keepStore } from '../keep-store.js'
import { readTree } from '../tree-changes.js'
import { EDIT_SECONDS, warningText } from './before-edit.js'
import { editedAddresses } from './edited-addresses.js'
import { type HookCall, linesOf, type Said, unreadFault } from './moment.js'
import { heldAgainst, newsOf } from './news.js'

/** A command that changes more files is no edit: it is told, and nothing is reserved by it. */
const MANY_FILES = 100

/** Beats, tells what has happened meanwhile, and what a shell has written past the hook. */
export async function afterTool(call: HookCall): Promise<Said> {
  const { session, runId, event } = call
  const lines: string[] = []
  if (!call.isHeardBeforeEdit) {
    for (const { session: own, addresses } of editedAddresses(call)) {
      const warning = warningText(findConflicts(own.workspace, addresses, runId))
      if (warning !== null) lines.push(warning)
    }
  }
  const written = event.isShell ? await readShellWrites(call) : []
  lines.push(...written)
  await heartbeat(session, { runId, isOffline: true, leavesTelling: true })
  keepStore(session, call.keeperProgram, false)
  const news = newsOf(call)
  lines.push(...news.lines)
  // The next edit is to find its answer in the index.
  await settleIndex(session.workspace)
  const fault = written.length > 0 ? unreadFault(session.workspace) : null
  return { context: linesOf(lines), fault, heard: news.heard }
}

/** Reserves what a shell has written, and says what of it another run holds. */
async function readShellWrites(call: HookCall): Promise<readonly string[]> {
  const { session, runId, notes } = call
  const before = notes.readTree()
  const now = await readTree(session)
  if (now === null) return []
  notes.writeTree(now)
  if (before === null) return []
  const changed = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name])
  const own = readLivingHolds(session.workspace).filter((hold) => isHeldBy(session.workspace, hold, runId))
  const passed = changed.filter((name) => meetings(session.workspace, own, [name]).length === 0)
  const foreign = heldAgainst(call, passed)
  const told = foreign.map(({ address, runId: holder, until }) => {
    return oneLine(
      `muse-coord: ${address} has changed while your command ran, and the run ${holder} holds it, ${untilText(until)}. If your command wrote it, undo that and ask that run: git will refuse the commit.`,
    )
  })
  const free = passed.filter((name) => !foreign.some(({ address }) => address === name))
  if (free.length === 0 || free.length > MANY_FILES) return told
  const reserved = await reserve(session, {
    addresses: free.map((name) => `:/${name}`),
    runId,
    operation: 'modify',
    ttlSeconds: EDIT_SECONDS,
    deny: true,
    passesAdvisory: true,
    passesBroken: true,
    isToldOnly: true,
    isOffline: true,
  })
  if (reserved.reservationId !== null) notes.addEdit(reserved.reservationId)
  const shown = free.slice(0, 5).join(' ') + (free.length > 5 ? ` and ${free.length - 5} more` : '')
  return [...told, oneLine(`muse-coord: your command wrote ${shown}, which is reserved for you from now on.`)]
}
