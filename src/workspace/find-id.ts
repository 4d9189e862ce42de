import { coordError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { View } from './view.js'

const SHORTEST_BEGINNING = 4

/**
 * The id that was typed, or the only one that begins with what was typed, from four characters on. It may end with the
 * `…` of a table that had no room for all of it.
 *
 * @param what what the ids are of, for the sentence: `reservation`
 * @throws `RECORD_UNKNOWN` with the nearest id, `RECORD_AMBIGUOUS`
 */
export function findId(what: string, typed: string, ids: readonly string[]): string {
  if (ids.includes(typed)) return typed
  const beginning = typed.replace(/…$/, '')
  const matches = beginning.length < SHORTEST_BEGINNING ? [] : ids.filter((id) => id.startsWith(beginning))
  const [only, ...others] = matches
  if (only === undefined) throw coordError('RECORD_UNKNOWN', what, typed, nearest(typed, ids))
  if (others.length > 0) throw coordError('RECORD_AMBIGUOUS', typed, matches.slice(0, 5).join(', '))
  return only
}

/**
 * The same among all records of some kinds, over or not. The nearest id is that of one that is alive.
 *
 * @throws `FILE_FAILED` too where it may be in a file that cannot be read
 */
export function findRecordId(what: string, typed: string, view: View, ...kinds: readonly string[]): string {
  view.takeUnread(kinds)
  const begun = kinds.flatMap((kind) => view.ids(kind, typed.replace(/…$/, '')))
  if (begun.length > 0) return findId(what, typed, begun)
  const alive = view.alive()
  const ids = kinds.flatMap((kind) => alive.entries(kind).map(({ recordId }) => recordId))
  view.assertRead(kinds)
  return findId(what, typed, ids)
}
