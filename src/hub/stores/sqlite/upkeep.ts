import { setImmediate as turn } from 'node:timers/promises'
import { recordKey } from '../record-key.js'
import type { Space } from '../space-directory.js'
import type { KindStats, SweepRule, Swept } from '../store-upkeep.js'
import { UsageGrowth } from '../usage.js'
import { withoutKept } from './kept-records.js'
import { NamedByRegisters } from './named-by-registers.js'
import { counterOf, rulesOf, type Statements } from './statements.js'
import { writeUsage } from './write-usage.js'
import type { SqliteWriter } from './writer.js'

/** Rows looked at in one go: a few milliseconds, in which nobody else is served. */
const ROWS_AT_ONCE = 2_000

type End = {
  id: number
  recordId: string
  token: number | null
  lapsesAt: number | null
  receivedAt: string
  author: string
  bytes: number
}
/** `after` is where to go on; `null`: this was all. */
type Step = { removed: number; after: number | null }
type Sums = Omit<KindStats, 'kind' | 'merge'> & { lastId: number | null }

/** Retention and statistics of a SQLite store. Both walk through a space a little at a time. */
export class SqliteUpkeep {
  readonly #statements: Statements
  readonly #writer: SqliteWriter

  constructor(statements: Statements, writer: SqliteWriter) {
    this.#statements = statements
    this.#writer = writer
  }

  async sweep(space: Space, rules: readonly SweepRule[], signal?: AbortSignal): Promise<Swept> {
    const removed = new Map<string, number>()
    for (const rule of rules) {
      const named = new NamedByRegisters(this.#statements, space, rule.lapsedBefore ?? 0)
      let count = removed.get(rule.kind) ?? 0
      for (let after: number | null = 0; after !== null && !signal?.aborted; ) {
        const step: Step | null = await this.#sweepSome(space, rule, named, after)
        if (step === null) continue
        count += step.removed
        after = step.after
      }
      if (count > 0) removed.set(rule.kind, count)
    }
    const { floorId } = await this.#writer.write(() => counterOf(this.#statements, space.id))
    return { removed, floorId }
  }

  async stats(space: Space, since: number): Promise<KindStats[]> {
    const lately = new Date(since).toISOString()
    const stats: KindStats[] = []
    for (const [kind, merge] of rulesOf(this.#statements, space.id)) {
      const none = { records: 0, payloadCharacters: 0, receivedLately: 0, lastReceivedAt: null }
      const ofKind: KindStats = { kind, merge, ...none }
      for (let after: number | null = 0; after !== null; ) {
        const sums = this.#statements.sumsOfKind.get(lately, space.id, kind, after, ROWS_AT_ONCE) as Sums
        ofKind.records += sums.records
        ofKind.payloadCharacters += sums.payloadCharacters
        ofKind.receivedLately += sums.receivedLately
        // Within a kind the last id was received last; time itself may have gone back.
        ofKind.lastReceivedAt = sums.lastReceivedAt ?? ofKind.lastReceivedAt
        after = sums.lastId
        await turn()
      }
      stats.push(ofKind)
    }
    return stats
  }

  /** One transaction, so that the floor is raised with what went. `null`: it has only gathered some of what is named. */
  #sweepSome(space: Space, rule: SweepRule, named: NamedByRegisters, after: number): Promise<Step | null> {
    return this.#writer.write(() => {
      const rules = rulesOf(this.#statements, space.id)
      const isLease = rules.get(rule.kind) === 'lease'
      // Each may be looked for under every other kind, and so may what it names.
      const isLookedFor = isLease || rule.receivedBefore !== null || rules.get(rule.kind) === 'latest'
      const limit = isLookedFor ? Math.ceil(ROWS_AT_ONCE / rules.size) : ROWS_AT_ONCE
      const rows = this.#statements.endsOfKind.all(space.id, rule.kind, after, limit) as End[]
      const gone = isLease
        ? this.#leasesOfNothing(space, rule, [...rules.keys()], rows)
        : withoutKept(
            this.#statements,
            { space, rules, named },
            rule,
            rows.filter((row) => hasHadItsTime(row, rule)),
          )
      if (gone === null) return null
      const last = gone.at(-1)
      if (last !== undefined) {
        this.#statements.removeById.run(JSON.stringify(gone.map(({ id }) => id)), space.id)
        const token = gone.reduce((highest, row) => Math.max(highest, row.token ?? 0), 0)
        this.#statements.raiseFloors.run(last.id, token, space.id)
        const growth = new UsageGrowth()
        for (const { author, bytes } of gone) growth.remove(author, bytes)
        writeUsage(this.#statements, growth)
      }
      return { removed: gone.length, after: rows.length < limit ? null : (rows.at(-1)?.id ?? null) }
    })
  }

  /** The leases that are over, but for those that are kept whatever their age, see `Store.sweep`. */
  #leasesOfNothing(space: Space, rule: SweepRule, kinds: readonly string[], rows: readonly End[]): End[] {
    const { lapsedBefore } = rule
    if (lapsedBefore === null) return []
    const over = rows.filter((row) => hasLapsedFor(row, rule) && Date.parse(row.receivedAt) < lapsedBefore)
    const others = kinds.filter((kind) => kind !== rule.kind)
    const keys = over.flatMap(({ recordId }) => others.map((kind) => recordKey({ kind, recordId })))
    const found = this.#statements.namesByKey.all(JSON.stringify(keys), space.id) as Pick<End, 'recordId'>[]
    const kept = new Set(found.map(({ recordId }) => recordId))
    return over.filter(({ recordId }) => !kept.has(recordId))
  }
}

function hasLapsedFor({ lapsesAt }: End, { lapsedBefore }: SweepRule): boolean {
  return lapsedBefore !== null && lapsesAt !== null && lapsesAt < lapsedBefore
}

function hasHadItsTime(row: End, rule: SweepRule): boolean {
  const { receivedBefore } = rule
  if (row.lapsesAt !== null) return hasLapsedFor(row, rule)
  return receivedBefore !== null && Date.parse(row.receivedAt) < receivedBefore
}
