import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { isKindName, isSpaceName } from '../record/record.js'
import type { Space, SweepRule } from './stores/store.js'

/** For how long a hub keeps what has lapsed, in days; `null`: for ever. */
type Days = number | null

/** How long the records of each kind are kept. */
export interface Retention {
  /** For kinds that are not named. Records that never lapse are then kept for ever: tasks, and what came of them. */
  readonly defaultDays: Days
  /** By kind, or by `owner/slug:kind`, which goes before. */
  readonly named: ReadonlyMap<string, Days>
}

const DEFAULT_DAYS = 30
const DAY_MILLISECONDS = 86_400_000

/**
 * Reads what `--retain` was given: `DAYS` for all, `kind=DAYS` for one kind, `owner/slug:kind=DAYS` for one kind of one
 * space, each with `forever` instead of a number.
 *
 * @throws `FLAG_VALUE`
 */
export function parseRetention(words: readonly string[]): Retention {
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
  return { defaultDays, named }
}

/**
 * What may go of the kinds of a space: records that lapsed longer ago than they are kept and, of a kind that was named,
 * those received longer ago as well, lapsed or not.
 *
 * @param now milliseconds since 1970
 */
export function sweepRules(
  { defaultDays, named }: Retention,
  { owner, slug }: Pick<Space, 'owner' | 'slug'>,
  kinds: readonly string[],
  now: number,
): SweepRule[] {
  return kinds.flatMap((kind) => {
    const own = [`${owner}/${slug}:${kind}`, kind].find((scope) => named.has(scope))
    const days = own === undefined ? defaultDays : (named.get(own) as Days)
    if (days === null) return []
    const before = now - days * DAY_MILLISECONDS
    return [{ kind, lapsedBefore: before, receivedBefore: own === undefined ? null : before }]
  })
}

function isScope(scope: string): boolean {
  const [, owner, slug, kind] = /^(?:([^/:]+)\/([^/:]+):)?([^/:]+)$/.exec(scope) ?? []
  return isKindName(kind) && (owner === undefined || (isSpaceName(owner) && isSpaceName(slug)))
}
