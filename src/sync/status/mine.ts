import { formatTimestamp } from '../../base/timestamp.js'
import type { Hold } from '../../kinds/kind.js'
import { byRecord } from '../../workspace/by-record.js'
import { isHeldBy, readHolds } from '../../workspace/holds.js'
import { LeaseNotes } from '../../workspace/leases/lease-notes.js'
import type { Session } from '../../workspace/session.js'
import type { Workspace } from '../../workspace/workspace.js'
import { holdNotes } from '../holding/exclusive-holds.js'
import { lossesHere } from '../holding/losses.js'
import type { LostHold } from '../holding/settle-holds.js'

/** Something that a run holds: addresses, a task, a lock. */
export interface OwnHold {
  readonly kind: string
  readonly recordId: string
  /** What one record holds, in the words of its kind. */
  readonly what: readonly string[]
  /** What a person would call it, where `what` is an id. */
  readonly title: string | null
  /** ISO 8601; `null`: the record does not tell. */
  readonly since: string | null
  /** ISO 8601; `null`: until it is given back. */
  readonly until: string | null
  /** How long that is from now; `null` like {@link until}. */
  readonly secondsLeft: number | null
  readonly token: number | null
  /** Whether it keeps others out; else it warns. */
  readonly exclusive: boolean
  /**
   * `held`; of what is held alone also `provisional`: the hub has not decided; `waiting`: in the row for it; `undecided`: being
   * asked for now.
   */
  readonly state: 'held' | 'provisional' | 'waiting' | 'undecided'
}

export interface Mine {
  readonly runId: string
  /** What ends first comes first. */
  readonly holds: readonly OwnHold[]
  /** What it took to be its own, and another run has. */
  readonly lost: readonly LostHold[]
}

/** What a run holds that works here, by records of whatever kind, and for how long yet. Reads only. Throws `KIND_FAILED`. */
export function mine(session: Session, runId: string): Mine {
  const { workspace } = session
  const notes = holdNotes(session)
  const own = readHolds(workspace).filter((hold) => isHeldBy(workspace, hold, runId))
  const holds = byRecord(own).map((all) => {
    const [{ kind, recordId }] = all
    const note = notes.find((one) => one.kind === kind && one.recordId === recordId)
    return ownHold(workspace, all, note === undefined || note.state === 'lost' ? 'held' : note.state)
  })
  const end = ({ secondsLeft }: OwnHold) => secondsLeft ?? Number.POSITIVE_INFINITY
  const lost = lossesHere(session).filter((one) => one.runId === runId)
  return {
    runId,
    holds: holds.sort((one, other) => end(one) - end(other)),
    lost: lost.map(({ kind, recordId, what, winner }) => ({ kind, recordId, runId, what, winner })),
  }
}

function ownHold({ view, repo }: Workspace, holds: readonly [Hold, ...Hold[]], state: OwnHold['state']): OwnHold {
  const [{ kind, recordId, runId, title = null, since, until, token, isExclusive }] = holds
  const granted = new LeaseNotes(repo).read(kind, recordId, runId)?.token ?? null
  return {
    kind,
    recordId,
    what: holds.map(({ what }) => what),
    title,
    since: since === null ? null : formatTimestamp(since),
    until: until === null ? null : formatTimestamp(until),
    secondsLeft: until === null ? null : Math.max(0, Math.round((until - view.now) / 1000)),
    // A record of this store does not tell what token the hub gave it.
    token: token ?? granted,
    exclusive: isExclusive,
    state,
  }
}
