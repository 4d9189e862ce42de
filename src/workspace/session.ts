import { CLOCK, type Clock } from '../base/clock.js'
import type { Environment } from '../base/environment.js'
import type { CoordError } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { STORAGE, type Storage } from '../files/storage.js'
import { type KindRegistry, registryOf } from '../kinds/registry.js'
import { clockOf } from './hub-clock.js'
import { assureOwnState } from './own-state.js'
import { findRepo } from './repo.js'
import type { SpaceChoice } from './space-choice.js'
import { chosenSpace } from './state/chosen-space.js'
import { isStoreThere } from './store-there.js'
import { viewerOf } from './viewer.js'
import { Workspace } from './workspace.js'

export interface SessionFields extends SpaceChoice {
  /** The application's container, with every plugin applied. */
  readonly container: DependencyContainer
  /** Anywhere inside the repository, absolute. */
  readonly directory: string
  readonly env: Environment
  /** Ends whatever is under way. */
  readonly signal: AbortSignal
  /** For each answer of a hub; `MUSE_COORD_TIMEOUT`, else 30. */
  readonly timeoutSeconds?: number | undefined
  /** Why plugins could not be loaded: whatever needs to know every kind fails by it, and nothing else does. */
  readonly pluginFault?: unknown
  /** Why plugins of the settings were left out; whatever is not about them goes on without them. */
  readonly pluginFaults?: readonly CoordError[]
  /** Called with what a person should hear of while a function works: a hub that is away, a beat that was missed. */
  readonly onNote?: ((sentence: string) => void) | undefined
}

/**
 * What every function of the program works in: a directory, an environment, the application's container. Nothing is read
 * until it is asked for, so that a function which needs no repository works outside of one.
 */
export class Session {
  readonly container: DependencyContainer
  readonly clock: Clock
  readonly storage: Storage
  readonly #fields: SessionFields
  #workspace: Workspace | undefined

  constructor(fields: SessionFields) {
    this.#fields = fields
    this.container = fields.container
    this.clock = fields.container.resolve<Clock>(CLOCK)
    this.storage = fields.container.resolve<Storage>(STORAGE)
  }

  get directory(): string {
    return this.#fields.directory
  }

  get env(): Environment {
    return this.#fields.env
  }

  get signal(): AbortSignal {
    return this.#fields.signal
  }

  get timeoutSeconds(): number | undefined {
    return this.#fields.timeoutSeconds
  }

  /** The space as it was chosen outright. */
  get space(): SpaceChoice {
    const { hub, owner, slug } = this.#fields
    return { hub, owner, slug }
  }

  /** Every kind there is. Throws what kept a plugin from being loaded. */
  get registry(): KindRegistry {
    if (this.#fields.pluginFault !== undefined) throw this.#fields.pluginFault
    return registryOf(this.container)
  }

  /** Why plugins of the settings were left out. */
  get pluginFaults(): readonly CoordError[] {
    return this.#fields.pluginFaults ?? []
  }

  /**
   * The records of the repository that the directory lies in. Throws `NOT_A_REPO`, also where the store was taken away since: of
   * nothing all would be free, and the next record would make it anew.
   */
  get workspace(): Workspace {
    if (this.#workspace === undefined || !isStoreThere(this.#workspace.repo)) this.#workspace = this.#openWorkspace()
    return this.#workspace
  }

  /** The same as something has asked for it, whether the store is still there or not. */
  get openedWorkspace(): Workspace | undefined {
    return this.#workspace
  }

  /** Lets go of what it has open, where it was for one question in a process that lives on. */
  close(): void {
    this.#workspace?.close()
  }

  #openWorkspace(): Workspace {
    const repo = findRepo(this.directory, this.env, this.storage)
    assureOwnState(repo)
    const clock = clockOf(repo, () => chosenSpace(this.space, this.env, repo), this.clock)
    return new Workspace(repo, this.registry, clock, viewerOf(repo, this))
  }

  note(sentence: string): void {
    this.#fields.onNote?.(sentence)
  }

  /** The same session with the records as they are now, however long they are looked at. See `View.snapshot`. */
  snapshot(slack?: number): Session {
    const session = new Session(this.#fields)
    session.#workspace = this.workspace.snapshot(slack)
    return session
  }

  /** The same session but for these fields; it shares the records that were read. */
  with(fields: Partial<Omit<SessionFields, 'container'>>): Session {
    const session = new Session({ ...this.#fields, ...fields })
    if (fields.directory === undefined && fields.env === undefined) session.#workspace = this.#workspace
    return session
  }
}
