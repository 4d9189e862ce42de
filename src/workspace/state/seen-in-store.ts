import type { SeenPositions, SeenRequest } from '../../hub-client/seen-positions.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { Repo } from '../repo.js'
import { spaceDirectoryName } from './space-address.js'
import { generationOf } from './sync-state.js'

/** In the folder of a space: what was told is the names in it, so that processes which add and remove at once undo nothing. */
const DIRECTORY = 'seen'
/** All of them are further names of this file, see `Folder.createLinked`. */
const ORIGINAL = '.seen'

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
    const folder = this.#repo.sync.in(spaceDirectoryName(space)).in(DIRECTORY)
    const before = generationOf(this.#repo, space)
    const named = before === null ? [] : seenOf(folder.names(), before).slice(0, NAMED)
    return {
      seen: named,
      end: (position, follows) => {
        if (position === undefined || follows === false) return
        // What was begun before somebody forgot this space is of that time, and nobody names it any more.
        const generation = before ?? generationOf(this.#repo, space, true)
        // Added first: a process that ends in between has one too many, and never one too few.
        folder.createLinked(nameOf(generation, position), ORIGINAL, '')
        for (const one of named) if (one !== position) folder.remove(nameOf(generation, one))
      },
    }
  }
}

/** The latest first. */
function seenOf(names: Iterable<string>, generation: string): string[] {
  const start = nameOf(generation, '')
  return [...names]
    .flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []))
    .sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10))
}

/** A generation holds no `@`. */
function nameOf(generation: string, position: string): string {
  return `${generation}@${position}`
}
