import {
  type Hold,
  placeName,
  placeOf,
  problemOf,
  type RunStanding,
  readCurrentRuns,
  readHolds,
  type Session,
  treeTops,
} from '../../src/plugin.js'
import { giveBeat } from './heartbeat.js'

/** A hold is extended when so much of its length has gone by: two beats may be missed. */
const BEAT_AFTER = 1 / 3
/** Whoever holds nothing counts as alive for an hour after its last beat. */
const IDLE_MILLISECONDS = 20 * 60 * 1000
const DEFAULT_LENGTH = 3600 * 1000

/**
 * Beats for the runs of this store whose process lives on this machine: a model may think, or a command run, for longer than
 * what it holds lasts. What has ended already is not revived.
 */
export async function beatForLiving(session: Session): Promise<void> {
  const { workspace } = session
  for (const run of readCurrentRuns(workspace, readHolds(workspace))) {
    const { runId, process, author } = run
    const isOwn = author === null || author === workspace.viewer.handle
    if (!isOwn || process === null || !run.isProcessAlive || !isDue(run, workspace.view.now)) continue
    const directory = treeOf(session, run)
    // In its name, in its place: a beat says where its run works.
    const env = { ...session.env, MUSE_COORD_PID: String(process.pid) }
    if (directory === null) continue
    const own = session.with({ directory, env })
    try {
      await giveBeat(own, { runId })
    } catch (error) {
      // What keeps one run from its beat ends nothing that the others hold.
      session.note(`⚠️  no beat for ${runId}: ${problemOf(error)}`)
    } finally {
      own.close()
    }
  }
}

function isDue({ holds, state, lastBeatAt }: RunStanding, now: number): boolean {
  if (state === 'gone' || state === 'left') return false
  if (holds.some((hold) => hold.until !== null && now >= hold.until - lengthOf(hold) * (1 - BEAT_AFTER))) return true
  return lastBeatAt !== null && now >= lastBeatAt + IDLE_MILLISECONDS
}

function lengthOf({ length, since, until }: Hold): number {
  return length ?? (since === null || until === null ? DEFAULT_LENGTH : until - since)
}

/** The working tree of this repository that a run works in; `null`: none of them. */
function treeOf({ workspace: { repo } }: Session, { place }: RunStanding): string | null {
  return treeTops(repo).find((tree) => placeOf({ ...repo, tree }).id === placeName(place)) ?? null
}
