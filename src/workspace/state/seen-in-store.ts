import type { SeenPositions, SeenRequest } from '../../hub-client/seen-positions.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { Repo } from '../repo.js'
import { addSeen, removeSeen, seenNames } from './seen-names.js'
import { spaceDirectoryName } from './space-address.js'
import { generationOf } from './sync-state.js'

/** As many as one request names; the others are named by the next. */
const NAMED = 32

/** What a workspace was told of where the spaces of one hub ended. See {@link SeenPositions}. */
export class SeenInStore implements SeenPositions {
  readonly #repo: Repo
  readonly #hub: HubUrl

  constructor(repo: Repo, hub: HubUrl) {
    this.#repo = repo
    this.#hub = hub
  }

  begin(owner: string, slug: string): SeenRequest {
    const space = { hub: this.#hub.base, owner, slug }
    const folder = this.#repo.sync.in(spaceDirectoryName(space))
    const before = generationOf(this.#repo, space)
    const named = before === null ? [] : seenNames(folder, before).slice(0, NAMED)
    return {
      seen: named,
      end: (position, follows) => {
        if (position === undefined || follows === false) return
        // What was begun before somebody forgot this space is of that time, and nobody names it any more.
        const generation = before ?? generationOf(this.#repo, space, true)
        // Added first: a process that ends in between has one too many, and never one too few.
        addSeen(folder, generation, position)
        removeSeen(
          folder,
          generation,
          named.filter((one) => one !== position),
        )
      },
    }
  }
}
