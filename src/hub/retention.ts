import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { Kind } from '../kinds/kind.js'
import { isKindName, isSpaceName } from '../record/record.js'
import type { Space } from './stores/space-directory.js'
import type { SweepRule } from './stores/store-upkeep.js'

/** For how long a hub keeps what has lapsed, in days; `null`: for ever. */
type Days = number | null

/** How long the records of each kind are kept. */
export interface Retention {
  /** For kinds that are not named. Records that never lapse are then kept for ever: tasks, and what came of them. */
  readonly defaultDays: Days
  /** By kind, or by `owner/slug:kind`, which goes before. */
  readonly named: ReadonlyMap<string, Days>
  /** Kinds of which a record that has no end holds something until it is given back: no age takes it away. */
  readonly holding: ReadonlySet<string>
}

const DEFAULT_DAYS = 30
const DAY_MILLISECONDS = 86_400_000

/**
 * Reads what `--retain` was given: `DAYS` for all, `kind=DAYS` for one kind, `owner/slug:kind=DAYS` for one kind of one
 * space, each with `forever` instead of a number.
 *
 * @param kinds those that are known; of any other one that is named, what has no end goes by age
 * @throws `FLAG_VALUE`
 */
export function parseRetention(
  words: readonly string[],
  kinds: readonly Pick<Kind, 'name' | 'holds'>[] = [],
): Retention {
  const named = new Map<string, Days>()
  let defaultDays: Days = DEFAULT_DAYS
  for (const word of words) {
    const [, scope, amount] = /^(?:([^=]+)=)?(\d{1,5}|forever)$/.exec(word) ?? []
    if (amount === undefined || (scope !== undefined && !isScope(scope))) {
      throw coordError('FLAG_VALUE', '--retain', quote(word), 'DAYS, kind=DAYS or owner/slug:kind=DAYS, or forever')
    }
    const days = amount === 'forever' ? null : Number(amount)
    if (scope === undefined) defaultDays = days
    else named.set(scope, days)
  }
  const holding = kinds.filter(({ holds }) => holds !== undefined).map(({ name }) => name)
  return { defaultDays, named, holding: new Set(holding) }
}

/**
 * What may go of the kinds of a space: records that lapsed longer ago than they are kept and, of a kind that was named,
 * those that never lapse and were received longer ago, unless such a one holds something.
 *
 * @param now milliseconds since 1970
 */
export function sweepRules(
  { defaultDays, named, holding }: Retention,
  { owner, slug }: Pick<Space, 'owner' | 'slug'>,
  kinds: readonly string[],
  now: number,
): SweepRule[] {
  return kinds.flatMap((kind) => {
    const own = [`${owner}/${slug}:${kind}`, kind].find((scope) => named.has(scope))
    const days = own === undefined ? defaultDays : (named.get(own) as Days)
    if (days === null) return []
    const before = now - days * DAY_MILLISECONDS
    return [{ kind, lapsedBefore: before, receivedBefore: own === undefined || holding.has(kind) ? null : before }]
  })
}

function isScope(scope: string): boolean {
  const [, owner, slug, kind] = /^(?:([^/:]+)\/([^/:]+):)?([^/:]+)$/.exec(scope) ?? []
  return isKindName(kind) && (owner === undefined || (isSpaceName(owner) && isSpaceName(slug)))
}
