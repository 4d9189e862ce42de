import type { MergeRule } from '../../../record/record.js'
import { namedIds } from '../named-ids.js'
import { recordKey } from '../record-key.js'
import type { Space } from '../space-directory.js'
import type { SweepRule } from '../store-upkeep.js'
import { type NamedByRegisters, registersAmong } from './named-by-registers.js'
import type { Statements } from './statements.js'

/** A record whose time has come. */
interface Due {
  readonly id: number
  readonly recordId: string
  readonly lapsesAt: number | null
}

type Named = { kind: string; recordId: string; lapsesAt: number | null }

/**
 * Of the records of a kind whose time has come, leases apart, those that may go: see `Store.sweep` for what stays.
 *
 * @param named gathered before as far as it could be; what came since is read here
 * @returns `null`: there is much left to be gathered
 */
export function withoutKept<Record extends Due>(
  statements: Statements,
  { space, rules, named }: { space: Space; rules: ReadonlyMap<string, MergeRule>; named: NamedByRegisters },
  { kind }: SweepRule,
  due: readonly Record[],
): readonly Record[] | null {
  if (due.length === 0) return due
  if (named.readSome(registersAmong(rules, kind))) return null
  const others = [...rules].filter(([name]) => name !== kind)
  const isRegister = rules.get(kind) === 'latest'
  const free = due.filter(({ recordId }) => !named.has(recordId))
  const telling = free.filter(({ lapsesAt }) => isRegister || lapsesAt === null)
  const kept = tellingOfOthers(telling)
  return free.filter(({ id }) => !kept.has(id))

  /** The ids of those that name a record of another kind that is there, or bear its id. */
  function tellingOfOthers(records: readonly Record[]): ReadonlySet<number> {
    const payloads = new Map(
      (
        statements.payloadsById.all(JSON.stringify(records.map(({ id }) => id)), space.id) as {
          id: number
          payload: string
        }[]
      ).map(({ id, payload }) => [id, payload]),
    )
    const told = records.map(({ id, recordId }) => {
      const ids = namedIds(payloads.get(id) ?? '')
      return { id, ids: ids === null ? null : [recordId, ...ids] }
    })
    const ids = new Set(told.flatMap((one) => one.ids ?? []))
    const keys = [...ids].flatMap((recordId) => others.map(([name]) => recordKey({ kind: name, recordId })))
    const found = statements.namesByKey.all(JSON.stringify(keys), space.id) as Named[]
    const there = new Set(
      // What is over for good stays by itself, and needs nothing beside it.
      found
        .filter((one) => !(rules.get(one.kind) === 'lease' && one.lapsesAt === null))
        .map(({ recordId }) => recordId),
    )
    return new Set(told.filter((one) => one.ids === null || one.ids.some((id) => there.has(id))).map(({ id }) => id))
  }
}
