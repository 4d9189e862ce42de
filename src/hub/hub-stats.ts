import { coordError } from '../base/errors.js'
import type { KindStats, Store } from './stores/store.js'

/** What a space holds. */
export interface SpaceStats {
  /** `owner/slug` */
  space: string
  visibility: string
  kinds: KindStats[]
}

const DAY_MILLISECONDS = 86_400_000

/**
 * What a hub holds, space by space and kind by kind, and what came within the last day.
 *
 * Rejects with `STATS_UNSUPPORTED`.
 *
 * @param now milliseconds since 1970
 */
export async function readHubStats(store: Store, now: number): Promise<SpaceStats[]> {
  if (!store.stats || !store.archive) throw coordError('STATS_UNSUPPORTED')
  const stats: SpaceStats[] = []
  for (const space of await store.archive.spaces()) {
    const { owner, slug, visibility } = space
    stats.push({ space: `${owner}/${slug}`, visibility, kinds: await store.stats(space, now - DAY_MILLISECONDS) })
  }
  return stats
}
