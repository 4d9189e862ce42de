import { coordError } from '../base/errors.js'
import type { Store } from './stores/store.js'
import type { KindStats } from './stores/store-upkeep.js'
import type { Usage } from './stores/usage.js'

/** What a space holds. */
export interface SpaceStats {
  /** `owner/slug` */
  space: string
  visibility: string
  kinds: KindStats[]
}

/** What a hub holds, and whose it is. */
export interface HubStats {
  spaces: SpaceStats[]
  /** The most bytes first. */
  handles: (Usage & { handle: string })[]
}

const DAY_MILLISECONDS = 86_400_000

/**
 * What a hub holds, space by space and kind by kind, what came within the last day, and who has written it.
 *
 * Rejects with `STATS_UNSUPPORTED`.
 *
 * @param now milliseconds since 1970
 */
export async function readHubStats(store: Store, now: number): Promise<HubStats> {
  if (!store.stats || !store.archive) throw coordError('STATS_UNSUPPORTED')
  const spaces: SpaceStats[] = []
  for (const space of await store.archive.spaces()) {
    const { owner, slug, visibility } = space
    spaces.push({ space: `${owner}/${slug}`, visibility, kinds: await store.stats(space, now - DAY_MILLISECONDS) })
  }
  return { spaces, handles: await store.usages() }
}
