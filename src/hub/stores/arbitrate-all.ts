import { arbitrate, type Standing } from './arbitrate.js'
import { arbitrateFirst } from './arbitrate-first.js'
import { nameKey } from './record-key.js'
import type { StoreAnswer, StorePush, StoreRecord } from './record-store.js'
import type { PushRefusal } from './unless-refused.js'
import { type Usage, UsageGrowth } from './usage.js'

/** What a store has to do for several pushes into one space at once. */
export interface JointVerdict {
  /** One for each push, in order. */
  answers: (StoreAnswer | PushRefusal)[]
  /** As in `Verdict`: one row for each key, ascending by id. */
  writes: StoreRecord[]
  newRules: ReadonlyMap<string, string>
  /** Where an owner took the place of what another run or author had, or ended it. */
  overrides: readonly Override[]
  /** By how much what each handle has changes with it. */
  growth: UsageGrowth
  /** The id handed out last. */
  lastId: number
}

export interface Override {
  readonly action: 'overridden' | 'taken_back'
  readonly author: string
  /** `kind/id` */
  readonly record: string
  /** Whose it was: `author run`. */
  readonly was: string
}

/**
 * Arbitrates pushes one after the other, each on what those before it left, for a store that writes them together.
 *
 * @param refused those that do nothing
 */
export function arbitrateAll(
  standing: Standing,
  pushes: readonly StorePush[],
  refused: ReadonlyMap<StorePush, PushRefusal> = new Map(),
): JointVerdict {
  const records = new Map(standing.records.map((record) => [nameKey(record), record]))
  const rules = new Map(standing.rules)
  const writes = new Map<string, StoreRecord>()
  const newRules = new Map<string, string>()
  const overrides: Override[] = []
  const growth = new UsageGrowth()
  let { lastId } = standing
  const answers = pushes.map((push) => {
    const refusal = refused.get(push)
    if (refusal !== undefined) return refusal
    const { takesBack } = push
    const ended = takesBack && records.get(nameKey(takesBack))
    if (takesBack && ended === undefined) return rejectAll(push, { ...standing, lastId })
    const touched = push.records.map((record) => records.get(nameKey(record))).filter((record) => record !== undefined)
    const judge = push.first ? arbitrateFirst : arbitrate
    const usage = new Map([[push.author, sum(standing.usage?.get(push.author), growth.of(push.author))]])
    const verdict = judge({ ...standing, lastId, rules, records: touched, usage }, push)
    lastId = verdict.answer.cursor
    for (const [kind, rule] of verdict.newRules) {
      rules.set(kind, rule)
      newRules.set(kind, rule)
    }
    if (ended !== undefined && verdict.writes.length > 0) overrides.push(overrideOf('taken_back', push, ended))
    const forced = new Set(push.records.flatMap((record) => (record.force ? [nameKey(record)] : [])))
    for (const row of verdict.writes) {
      const key = nameKey(row)
      const before = records.get(key)
      const isOthers = before && (before.author !== row.author || before.runId !== row.runId)
      if (isOthers && forced.has(key) && before !== ended) overrides.push(overrideOf('overridden', push, before))
      growth.add(row, before)
      records.set(key, row)
      // Taken out first: a row that is written again must stand later, for ids to ascend.
      writes.delete(key)
      writes.set(key, row)
    }
    return verdict.answer
  })
  return { answers, writes: [...writes.values()], newRules, overrides, growth, lastId }
}

function overrideOf(
  action: Override['action'],
  { author }: StorePush,
  { kind, recordId, ...before }: StoreRecord,
): Override {
  return { action, author, record: `${kind}/${recordId}`, was: `${before.author} ${before.runId}`.trimEnd() }
}

function rejectAll({ records, takesBack }: StorePush, { lastId, now }: Standing): StoreAnswer {
  const reason = `would take back ${takesBack?.kind}/${takesBack?.recordId}, and there is no such record here`
  const rejected = records.map(({ kind, recordId }) => ({ kind, recordId, reason }))
  const answer = { inserted: 0, updated: 0, skipped: 0, conflicts: [], leases: [], ranOut: 0, cursor: lastId }
  return { ...answer, rejected, now: new Date(now).toISOString() }
}

function sum(one: Usage = { records: 0, bytes: 0 }, other: Usage): Usage {
  return { records: one.records + other.records, bytes: one.bytes + other.bytes }
}
