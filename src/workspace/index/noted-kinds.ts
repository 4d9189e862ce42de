import { RELEASE } from '../../base/release.js'
import type { IndexDatabase } from './index-database.js'
import type { LookedAt } from './up-to-date.js'

/** The kinds of the program that brought an index up to date, for one that has loaded none. */
export interface NotedKinds {
  readonly names: readonly string[]
  /** The directories of all of them, whether they are there or not. */
  readonly places: readonly LookedAt[]
}

/** Whether just these kinds are noted. */
export function areNoted(database: IndexDatabase, kinds: NotedKinds): boolean {
  return noted(database) === textOf(kinds)
}

export function noteKinds(database: IndexDatabase, kinds: NotedKinds): void {
  if (!areNoted(database, kinds)) database.run(`INSERT OR REPLACE INTO meta VALUES ('kinds', ?)`, textOf(kinds))
}

/** `null`: nobody has noted any, or another release did. */
export function notedKinds(database: IndexDatabase): NotedKinds | null {
  const text = noted(database)
  if (text === null) return null
  const [release, kinds] = JSON.parse(text)
  return release === RELEASE ? kinds : null
}

function textOf({ names, places }: NotedKinds): string {
  const plain = places.map(({ origin, directory, fingerprint }) => ({ origin, directory, fingerprint }))
  return JSON.stringify([RELEASE, { names, places: plain }])
}

function noted(database: IndexDatabase): string | null {
  const row = database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'kinds'`)
  return typeof row?.value === 'string' ? row.value : null
}
