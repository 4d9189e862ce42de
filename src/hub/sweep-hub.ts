import { coordError } from '../base/errors.js'
import { type Retention, sweepRules } from './retention.js'
import type { Store } from './stores/store.js'

/** What a sweep took out of a space. */
export interface SweptSpace {
  /** `owner/slug` */
  space: string
  kinds: { kind: string; removed: number }[]
}

/**
 * Removes from every space what has had its time, a little at a time, so that pushes and pulls go on between.
 *
 * Rejects with `SWEEP_UNSUPPORTED` where the store only grows.
 *
 * @param now milliseconds since 1970
 * @param signal ends it soon
 * @returns the spaces from which something went
 */
export async function sweepHub(
  store: Store,
  retention: Retention,
  now: number,
  signal?: AbortSignal,
): Promise<SweptSpace[]> {
  if (!store.sweep || !store.archive) throw coordError('SWEEP_UNSUPPORTED')
  const swept: SweptSpace[] = []
  for (const space of await store.archive.spaces()) {
    if (signal?.aborted) break
    const kinds = [...(await store.rules(space)).keys()]
    const { removed } = await store.sweep(space, sweepRules(retention, space, kinds, now), signal)
    if (removed.size === 0) continue
    swept.push({
      space: `${space.owner}/${space.slug}`,
      kinds: Array.from(removed, ([kind, count]) => ({ kind, removed: count })),
    })
  }
  return swept
}
