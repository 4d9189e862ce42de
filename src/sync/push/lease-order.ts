import type { Kind } from '../../kinds/kind.js'
import { FIRST_REVISION, LAST_REVISION, type LeaseNumbers, leaseNumbersOf } from '../../record/lease-numbers.js'
import { type Conflict, TOKEN_LEAP } from '../../record/protocol.js'
import type { CoordRecord } from '../../record/record.js'
import type { SentFiles } from '../../workspace/index/sent-files.js'
import { type LeaseGranter, type LeaseNote, LeaseNotes } from '../../workspace/leases/lease-notes.js'

/**
 * The numbers with which a lease's file is sent: those of its text. A text without any changes the tenure that its run was
 * granted, if there is one, and so does a claim that was written while an earlier one was on its way. `undefined`: a
 * record of no lease, or one whose writers count no tenures.
 */
export function orderOf(
  { repo, space }: Pick<SentFiles, 'repo' | 'space'>,
  kind: Kind,
  { recordId, runId, payload }: Pick<CoordRecord, 'recordId' | 'runId' | 'payload'>,
): LeaseNumbers | undefined {
  if (kind.merge !== 'lease' || kind.strict) return undefined
  const numbers = leaseNumbersOf(payload)
  if (numbers?.revision !== undefined) return numbers
  const note = new LeaseNotes(repo).read(kind.name, recordId, runId)
  const isGranted = note !== null && note.state !== 'lost' && note.granter?.space === space
  if (!isGranted || note.token === null) return numbers ?? undefined
  return { token: note.token, revision: FIRST_REVISION }
}

/**
 * With which numbers a file is sent again that was refused and read anew since; `null`: it is not. What another process of
 * its run has overtaken is never sent with a higher revision, for it is the older text.
 * What is renewed no more is ended with the last revision.
 * To another space, and to a hub that has taken the place of the one which granted it, a hold is put anew.
 */
export function orderAfter(
  numbers: LeaseNumbers,
  conflict: Conflict,
  runId: string,
  note: LeaseNote | null,
  asked: LeaseGranter,
  isEnd = false,
): LeaseNumbers | null {
  const { holder, token = null, revision = null } = conflict
  if (revision === LAST_REVISION && holder !== null) {
    const isOwn = holder.runId === runId && holder.expiresAt !== null && conflict.reason !== 'not_author'
    const isAsked = numbers.revision !== undefined && numbers.revision !== LAST_REVISION && numbers.token === token
    return isEnd && isOwn && isAsked ? { token, revision } : null
  }
  if (conflict.token === undefined || conflict.reason === 'not_author') return null
  const isOtherHub = note?.granter != null && isOther(note.granter, asked)
  if (holder === null) return isOtherHub ? { token } : null
  if (holder.runId !== runId || holder.expiresAt === null || token === null) return null
  // Two texts bear one revision when somebody wrote into the file of the first: the file says which one is meant.
  const isRewritten = numbers.token === token && numbers.revision !== undefined && numbers.revision === revision
  return isOtherHub || isRewritten ? { token, revision: (revision ?? 0) + 1 } : null
}

/**
 * Whether a hub that says that nobody has a lease has lost what it granted: its tokens only grow, and leap once it was set back. What
 * its run has finished by then has no note any more that names the granter, and is finished all the same.
 */
export function isGrantLost({ token: granted, revision }: LeaseNumbers, { holder, token = null }: Conflict): boolean {
  if (holder !== null || granted === null || revision === undefined) return false
  return token === null || token < granted || token - granted >= TOKEN_LEAP / 2
}

/** Whether a refusal leaves a lease with its run: what was sent was older, or the run has finished it. */
export function isStillOwn({ holder, token, revision }: Conflict, runId: string, note: LeaseNote | null): boolean {
  if (holder?.runId !== runId) return false
  if (holder.expiresAt === null) return true
  if (revision === LAST_REVISION) return false
  // One that was never granted is not the one of that name.
  return token !== undefined && note?.state !== 'provisional' && (note === null || note.token === token)
}

function isOther(one: LeaseGranter, other: LeaseGranter): boolean {
  if (one.space !== other.space) return true
  return one.epoch !== null && other.epoch !== null && one.epoch !== other.epoch
}
