import type { Conflict, Rejection } from '../../record/protocol.js'
import { hasLapsed, type MergeRule } from '../../record/record.js'
import { arbitrate, type Standing, type Verdict } from './arbitrate.js'
import { nameKey } from './record-key.js'
import type { IncomingRecord, StorePush, StoreRecord } from './record-store.js'

/**
 * Grants the first of several leases that is free, each judged as if it had come alone. Does no I/O.
 *
 * A client that has heard no answer asks again, and has by then what the lost one gave it. So one that is already its own by
 * the same record comes before all that are free: nobody gets two by asking twice.
 */
export function arbitrateFirst(standing: Standing, push: StorePush): Verdict {
  const rows = new Map(standing.records.map((record) => [nameKey(record), record]))
  const judge = (incoming: IncomingRecord): Verdict => {
    const stored = rows.get(nameKey(incoming))
    const records = stored === undefined ? [] : [stored]
    return arbitrate({ ...standing, records }, { ...push, first: false, records: [incoming] })
  }
  const conflicts: Conflict[] = []
  const rejected: Rejection[] = []
  const newRules = new Map<string, MergeRule>()
  const ended = (verdict: Verdict | null): Verdict => {
    const told = conflicts.length + rejected.length
    const written = verdict?.answer.inserted || verdict?.answer.updated ? 1 : 0
    const answer = {
      ...(verdict?.answer ?? blank(standing)),
      ...{ skipped: push.records.length - told - written, conflicts, rejected },
    }
    return { answer, writes: verdict?.writes ?? [], newRules: new Map([...newRules, ...(verdict?.newRules ?? [])]) }
  }

  for (const incoming of push.records) {
    const stored = rows.get(nameKey(incoming))
    if (!mayBeOwn(incoming, stored, push.author) || faultOf(incoming, standing.now) !== null) continue
    const verdict = judge(incoming)
    if (verdict.answer.skipped > 0 && verdict.answer.leases.length > 0) return ended(verdict)
  }
  for (const incoming of push.records) {
    const { kind, recordId } = incoming
    const fault = faultOf(incoming, standing.now)
    if (fault === 'late') continue
    if (fault !== null) {
      rejected.push({ kind, recordId, reason: fault })
      continue
    }
    const verdict = judge(incoming)
    const { answer } = verdict
    if (answer.inserted + answer.updated > 0 && answer.leases.length === 0) {
      rejected.push({ kind, recordId, reason: 'is no lease, and the first that is free is asked for of leases' })
      continue
    }
    if (answer.leases.length > 0) return ended(verdict)
    for (const [name, rule] of verdict.newRules) newRules.set(name, rule)
    conflicts.push(...answer.conflicts)
    rejected.push(...answer.rejected)
  }
  return ended(null)
}

/** Why a record asks for no lease; `late`: it has ended on its way. */
function faultOf({ token, revision, force, expiresAt }: IncomingRecord, now: number): string | null {
  if (token === undefined || revision !== undefined || force) {
    return 'is no claim, and the first that is free is asked for by claims: with a token, no revision and no force'
  }
  if (expiresAt === null) return 'has no end, and the first that is free is asked for until a time'
  return hasLapsed({ expiresAt }, now) ? 'late' : null
}

function mayBeOwn({ runId }: IncomingRecord, stored: StoreRecord | undefined, author: string): boolean {
  return stored !== undefined && stored.runId === runId && stored.author === author
}

function blank({ lastId, now }: Standing): Verdict['answer'] {
  const time = new Date(now).toISOString()
  return {
    inserted: 0,
    updated: 0,
    skipped: 0,
    conflicts: [],
    rejected: [],
    leases: [],
    ranOut: 0,
    cursor: lastId,
    now: time,
  }
}
