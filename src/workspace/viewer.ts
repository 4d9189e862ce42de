import { handleOf } from '../auth/identities.js'
import { handleAt } from '../auth/identity-entries.js'
import type { Environment } from '../base/environment.js'
import type { DependencyContainer } from '../base/injection.js'
import { parseHubUrl } from '../record/hub-url.js'
import { isSpaceName } from '../record/record.js'
import { readConfig } from './config.js'
import type { Repo } from './repo.js'
import { hubGiven, ownerGiven, type SpaceChoice } from './space-choice.js'

/** From whose side the records of a store are seen. */
export interface Viewer {
  /** The handle of the store's user, who is the author of its own records; `null`: nobody has told. */
  readonly handle: string | null
  /** The handle that owns the space; `null`: there is none. */
  readonly owner: string | null
}

/** What is seen where neither a hub nor a space is known. */
export const NOBODY: Viewer = { handle: null, owner: null }

/** What of a session says whose side it is. */
interface Chosen {
  readonly space: SpaceChoice
  readonly env: Environment
  /** Where identities come from; left out: from the file of the user. */
  readonly container?: DependencyContainer
}

/**
 * Looked up when it is first asked for, because most stores hold no two records whose authors have to be compared. Asking
 * throws `IDENTITY_INVALID`, `CONFIG_INVALID`: who cannot be told from a stranger is not taken for one.
 */
export function viewerOf(repo: Repo, { space, env, container }: Chosen): Viewer {
  let viewer: Viewer | undefined
  const look = () => {
    if (viewer === undefined) {
      const config = readConfig(repo)
      const hub = hubGiven(space, env, config)
      const owner = ownerGiven(space, env, config)
      const handle =
        hub === ''
          ? null
          : container === undefined
            ? handleAt(env, parseHubUrl(hub))
            : handleOf(container, env, parseHubUrl(hub))
      viewer = { handle, owner: isSpaceName(owner) ? owner : null }
    }
    return viewer
  }
  return {
    get handle() {
      return look().handle
    },
    get owner() {
      return look().owner
    },
  }
}
