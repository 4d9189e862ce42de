import { quote } from '../../base/quote.js'
import { LEASE_BOUND_SECONDS } from '../../record/merge/lease-end.js'
import type { Asker, Ruling } from '../../record/merge/rule.js'
import { RULES } from '../../record/merge/rules.js'
import type { Conflict, Holder, Lease, Rejection } from '../../record/protocol.js'
import { hasLapsed, type MergeRule } from '../../record/record.js'
import { Allowance } from './allowance.js'
import { nameKey } from './record-key.js'
import type { IncomingRecord, StoreAnswer, StorePush, StoreRecord } from './record-store.js'
import { KINDS_KEPT } from './space-directory.js'
import type { Usage } from './usage.js'

/** What a space has, as far as a push touches it. Read under the lock that keeps other writers of the space out. */
export interface Standing {
  owner: string
  /** The id handed out last; 0 in a new space. */
  lastId: number
  /** Milliseconds since 1970: the store's clock, read under the lock, see {@link timeUnderLock}. */
  now: number
  /** The highest token among leases that were swept away; 0 when none was. New leases begin above it. */
  tokenFloor: number
  /** The rules that are fixed in this space. */
  rules: ReadonlyMap<string, MergeRule>
  /** The records that have a kind and id of the push; others do no harm. */
  records: readonly StoreRecord[]
  /** What the authors of pushes with a quota have; left out: nothing. */
  usage?: ReadonlyMap<string, Usage>
}

/** What a store has to do, in the transaction that read the {@link Standing}. */
export interface Verdict {
  answer: StoreAnswer
  /** Rows to write, ascending by id. Each takes the place of the row that has its kind and record id. */
  writes: StoreRecord[]
  /** Rules to fix: of kinds that are new to the space. */
  newRules: ReadonlyMap<string, MergeRule>
}

/**
 * Merges a push into a space by the rule of each kind, and does no I/O: the stores read, call this, and write.
 * Records are judged one after the other, so one that comes twice in a push meets its own first coming.
 */
export function arbitrate(standing: Standing, push: StorePush): Verdict {
  const { author, maxLeaseSeconds } = push
  const asker: Asker = {
    ...{ author, owner: standing.owner, now: standing.now },
    // Readers do not know the bound of a hub: what names no end is over for them after this time at the latest.
    ...(maxLeaseSeconds !== undefined && { boundSeconds: Math.min(maxLeaseSeconds, LEASE_BOUND_SECONDS) }),
  }
  const now = new Date(standing.now).toISOString()
  const rows = new Map(standing.records.map((record) => [nameKey(record), record]))
  const writes = new Map<string, StoreRecord>()
  const newRules = new Map<string, MergeRule>()
  const leases = new Map<string, Lease>()
  const conflicts: Conflict[] = []
  const rejected: Rejection[] = []
  const allowance = new Allowance(push, standing.usage?.get(push.author) ?? { records: 0, bytes: 0 })
  let inserted = 0
  let updated = 0
  let skipped = 0
  let ranOut = 0
  let lastId = standing.lastId

  for (const incoming of push.records) {
    const { kind, recordId } = incoming
    const declared = push.rules.get(kind)
    const known = standing.rules.get(kind) ?? newRules.get(kind)
    const rule = known ?? push.hubRules?.get(kind) ?? declared ?? 'once'
    if (declared !== undefined && declared !== rule) {
      const reason = `kind ${quote(kind)} has the merge rule "${rule}" here, and the push declares "${declared}"`
      rejected.push({ kind, recordId, reason })
      continue
    }
    if (known === undefined && standing.rules.size + newRules.size >= KINDS_KEPT) {
      rejected.push({ kind, recordId, reason: `is of a new kind, and a space has at most ${KINDS_KEPT} kinds` })
      continue
    }
    if (rule === 'lease' && outlasts(incoming, push, standing.now)) {
      const reason = `ends at ${incoming.expiresAt}, and a lease lasts at most ${push.maxLeaseSeconds} s here`
      rejected.push({ kind, recordId, reason })
      continue
    }

    const key = nameKey(incoming)
    const stored = rows.get(key)
    const ruling: Ruling =
      stored === undefined
        ? RULES[rule].begin(incoming, standing.tokenFloor)
        : RULES[rule].arbitrate(incoming, stored, asker)

    if (ruling.written) {
      const fault = allowance.take(incoming, stored)
      if (fault !== null) {
        rejected.push({ kind, recordId, reason: fault })
        continue
      }
      // What writes nothing fixes nothing: rules are kept for good.
      if (known === undefined) newRules.set(kind, rule)
      lastId += 1
      const { runId, payloadJson, expiresAt } = incoming
      const { token, revision } = ruling
      const content = { kind, recordId, runId, payloadJson, expiresAt }
      const row: StoreRecord = { ...content, id: lastId, author, token, revision, receivedAt: now }
      rows.set(key, row)
      // Taken out first: the later of two rows with one key must also stand later, for ids to ascend.
      writes.delete(key)
      writes.set(key, row)
      if (stored === undefined) inserted += 1
      else updated += 1
      if (rule === 'lease' && stored !== undefined && token !== stored.token && hasRunOut(stored, standing.now))
        ranOut += 1
    } else if (ruling.conflict === null) {
      skipped += 1
    } else {
      conflicts.push({ kind, recordId, reason: ruling.conflict, ...standsOf(incoming, stored, standing.now) })
      continue
    }

    if (rule === 'lease') {
      const row = rows.get(key)
      // A lease that was given back, or that came too late, is none that the pusher has.
      if (row?.token && !hasLapsed(row, standing.now)) leases.set(key, leaseOf(row, row.token))
      else leases.delete(key)
    }
  }

  const answer = {
    inserted,
    updated,
    skipped,
    conflicts,
    rejected,
    leases: [...leases.values()],
    ranOut,
    cursor: lastId,
    now,
  }
  return { answer, writes: [...writes.values()], newRules }
}

/** A machine's clock may be ahead of the hub's, by as much as a signature is good for. */
const CLOCK_SLACK_MILLISECONDS = 30_000

function outlasts({ expiresAt }: IncomingRecord, { maxLeaseSeconds }: StorePush, now: number): boolean {
  if (expiresAt === null || maxLeaseSeconds === undefined) return false
  return Date.parse(expiresAt) > now + maxLeaseSeconds * 1000 + CLOCK_SLACK_MILLISECONDS
}

/** What a writer is told that was refused: as much as it counts itself. */
function standsOf(
  { revision, token }: IncomingRecord,
  stored: StoreRecord | undefined,
  now: number,
): Pick<Conflict, 'holder' | 'revision' | 'token'> {
  const stands = { revision: stored?.revision ?? null, token: stored?.token ?? null }
  if (token !== undefined) {
    const isFree = stored === undefined || hasLapsed(stored, now)
    return { holder: isFree ? null : holderOf(stored), ...stands }
  }
  return { holder: holderOf(stored), ...(revision !== undefined && { revision: stands.revision }) }
}

function holderOf(stored: StoreRecord | undefined): Holder | null {
  if (stored === undefined || stored.token === null) return null
  return { runId: stored.runId, expiresAt: stored.expiresAt, token: stored.token }
}

/** One that was given back had its end behind it when it came. */
function hasRunOut({ expiresAt, receivedAt }: StoreRecord, now: number): boolean {
  return hasLapsed({ expiresAt }, now) && Date.parse(expiresAt ?? '') > Date.parse(receivedAt)
}

function leaseOf({ kind, recordId, expiresAt }: StoreRecord, token: number): Lease {
  return { kind, recordId, token, expiresAt }
}
