import { systemClock } from '../base/clock.js'
import type { Environment } from '../base/environment.js'
import { readConfig } from './config.js'
import { type Freshness, freshnessOf } from './freshness.js'
import { clockOf, type HubClock } from './hub-clock.js'
import { ignoresCase } from './ignores-case.js'
import { type IndexedHolds, lookIntoIndex } from './index/look-into-index.js'
import { isOwnState } from './own-state.js'
import { type Repo, repoOrNull } from './repo.js'
import { chosenSpace } from './state/chosen-space.js'
import type { SpaceAddress } from './state/space-address.js'
import { viewerOf } from './viewer.js'

/**
 * A store that is looked at by its index alone, for the questions that are asked before each edit: to load every kind takes longer
 * than to answer. What it cannot tell for certain it does not tell at all; then a `Workspace` is opened, and finds out.
 */
export class StoreLook {
  /** What of a workspace says where addresses are typed. */
  readonly workspace: { readonly repo: Repo; readonly ignoresCase: boolean }
  readonly clock: HubClock
  readonly #space: SpaceAddress | null

  private constructor(
    /** Absolute. */
    readonly directory: string,
    readonly env: Environment,
    repo: Repo,
  ) {
    this.workspace = { repo, ignoresCase: ignoresCase(repo) }
    this.#space = chosenSpace({}, env, repo)
    this.clock = clockOf(repo, () => this.#space, systemClock)
  }

  /**
   * The store of a directory; `null`: there is none that may be looked at so, because what lies in it may have come with a clone, or
   * its settings name plugins. Throws as {@link repoOrNull} does, and `CONFIG_INVALID`.
   */
  static at(directory: string, env: Environment): StoreLook | null {
    const repo = repoOrNull(directory, env)
    if (repo === null || !isOwnState(repo) || readConfig(repo).plugins.length > 0) return null
    return new StoreLook(directory, env, repo)
  }

  /** What may be held at, above or below some paths, see `Kind.mayHold`; `null`: the index cannot tell. */
  holdsNear(paths: readonly string[]): IndexedHolds | null {
    const { repo } = this.workspace
    return lookIntoIndex(repo, paths, this.clock.now(), viewerOf(repo, { space: {}, env: this.env }))
  }

  /** @param kinds the names of all kinds there are */
  freshness(kinds: readonly string[]): Freshness {
    return freshnessOf(this.workspace.repo, this.#space, kinds, this.clock)
  }
}
