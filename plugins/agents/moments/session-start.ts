import {
  type Freshness,
  freshness,
  type Hold,
  isHeldBy,
  oneLine,
  openOf,
  type RecordSource,
  readLivingHolds,
  registryOf,
  type Session,
  untilText,
} from '../../../src/plugin.js'
import { heartbeat } from '../../reserving/heartbeat.js'
import { environmentOf } from '../agent-run.js'
import { keepStore } from '../keep-store.js'
import { PRIME } from '../prime.js'
import { readTree } from '../tree-changes.js'
import { sweepUnchecked } from '../unchecked.js'
import { type HookCall, linesOf, type Said } from './moment.js'
import { newsOf } from './news.js'

/** How many holds of others are named. */
const MAX_HOLDS = 20
const NOBODY_KNOWN = 'Nobody else is known to hold anything.'
/** What is known for no longer is told as it is now. */
const FRESH_SECONDS = 60

/** Tells the model who it is, what others hold and what there is to take; names the run to the shells that it will start. */
export async function sessionStart(call: HookCall): Promise<Said> {
  const { session, runId, notes } = call
  notes.sweep()
  sweepUnchecked(session)
  const tree = await readTree(session)
  if (tree !== null) notes.writeTree(tree)
  await heartbeat(session, { runId, isOffline: true, leavesTelling: true })
  // After the beat: a keeper ends where nobody is alive.
  keepStore(session, call.keeperProgram, true)
  const { workspace } = session
  const holds = readLivingHolds(workspace).filter((hold) => !isHeldBy(workspace, hold, runId))
  const news = newsOf(call)
  const lines = [
    `muse-coord: you are the run ${runId}.`,
    ...heldLines(holds, freshness(session)),
    ...openLines(session),
    ...news.lines,
    PRIME,
  ]
  return { context: linesOf(lines), environment: environmentOf(runId), heard: news.heard }
}

function heldLines(holds: readonly Hold[], known: Freshness): readonly string[] {
  const unknown = unknownLines(known)
  if (holds.length === 0) return [unknown.length === 0 ? 'Nobody else holds anything now.' : NOBODY_KNOWN, ...unknown]
  const shown = holds.slice(0, MAX_HOLDS).map(({ what, title, runId, until, isExclusive }) => {
    return oneLine(`- ${title || what}: ${runId}, ${untilText(until)}${isExclusive ? '' : ' (only warns)'}`)
  })
  const more = holds.length > MAX_HOLDS ? [`- and ${holds.length - MAX_HOLDS} more: muse-coord status`] : []
  return ['Others hold:', ...shown, ...more, ...unknown]
}

/** What runs of other machines hold is known as of the last pull. */
function unknownLines({ hub, ageSeconds }: Freshness): readonly string[] {
  if (hub === null || (ageSeconds !== null && ageSeconds <= FRESH_SECONDS)) return []
  const cure = 'others may hold more (muse-coord sync pull)'
  if (ageSeconds === null) return [`Nothing was fetched from the hub yet: ${cure}.`]
  return [`What others hold is known as of ${Math.round(ageSeconds / 60)} min ago: ${cure}.`]
}

function openLines(session: Session): readonly string[] {
  const records: RecordSource = session.workspace.view.alive()
  return registryOf(session.container).all.flatMap((kind) => {
    const count = openOf(kind, records).filter(({ state }) => state === 'pending').length
    return count === 0 ? [] : [`There are ${count} ${kind.directory} to take: muse-coord claim`]
  })
}
