import type { StoreRecord } from './record-store.js'
import type { Space } from './space-directory.js'
import type { Store } from './store.js'
import type { SpaceFrame } from './store-upkeep.js'

const PAGE = 1_000
/** How many positions of a space travel with it: readers who were there before those begin anew. */
export const POSITIONS_EXPORTED = 1_000

const PAGE_BYTES = 4 * 1024 * 1024

/** What only the store itself knows of a space. */
export type HiddenFrame = Pick<SpaceFrame, 'tokenFloor' | 'rules' | 'positions'>

/**
 * A space through the eyes of a reader, page by page, and what frames it at last: the frame tells of the moment of the
 * last page, so that no id lies below its end that was not given.
 */
export async function* exportSpace(
  store: Store,
  space: Space,
  readHidden: () => Promise<HiddenFrame>,
): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void> {
  for (let sinceId = 0; ; ) {
    const { records, lastId, floorId, hasMore } = await store.since(space, {
      sinceId,
      limit: PAGE,
      kinds: [],
      bytes: PAGE_BYTES,
    })
    if (records.length > 0) yield records
    if (!hasMore) {
      // Read after the records: rules and token floors only grow, and more of them than needed do no harm.
      const members = await store.members(space)
      const { visibility } = (await store.findSpace(space.owner, space.slug)) ?? space
      const { positions = [], ...hidden } = await readHidden()
      return {
        ...{ visibility, lastId, floorId, members, ...hidden },
        positions: positions.filter(({ id }) => id <= lastId),
      }
    }
    sinceId = records.at(-1)?.id ?? sinceId
  }
}
