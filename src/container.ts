import { hookCommand } from '../plugins/agents/hook-command.js'
import { builtInCommands } from '../plugins/commands.js'
import { builtInKinds } from '../plugins/index.js'
import { CLOCK, type Clock, systemClock } from './base/clock.js'
import { type DependencyContainer, globalContainer, Lifecycle } from './base/injection.js'
import { COMMAND, defineCommands } from './commands/command.js'
import { noteOrigins } from './commands/command-origin.js'
import { diskStorage, STORAGE } from './files/storage.js'
import type { AnyPlugin } from './kinds/define-plugin.js'
import { applyBuiltIn, applyPlugin, loadPlugin, type StagedCheck } from './kinds/plugin-loader.js'
import { KIND_ORIGINS, KIND_REGISTRY, KindRegistry } from './kinds/registry.js'
import { SPACE_FOLLOWER, type SpaceFollower } from './workspace/leases/space-follower.js'

export interface ContainerOptions {
  /** Plugins beside the built-in ones: package names, paths, or the functions and objects themselves. */
  plugins?: readonly (string | AnyPlugin)[]
  /** Where packages and paths are looked up; the working directory when left out. */
  directory?: string
  /** The time; this machine's when left out. */
  clock?: Clock
}

/**
 * The application's own container, with the built-in plugins and the given ones applied. Nothing is registered on
 * tsyringe's global container, so any number of these live side by side.
 */
export async function createContainer(options: ContainerOptions = {}): Promise<DependencyContainer> {
  const container = createBareContainer(options.clock)
  applyBuiltIn(container, builtInCommands)
  const { plugins = [], directory } = options
  // The working directory may be gone, which is nothing to those who name no plugin.
  if (plugins.length > 0) await addPlugins(container, plugins, directory ?? process.cwd())
  return container
}

/** The same with one command, `hook`, which runs before each edit: whoever bundles this alone loads none of the others. */
export function createHookContainer(): DependencyContainer {
  const container = createBareContainer()
  applyBuiltIn(container, defineCommands(hookCommand))
  return container
}

function createBareContainer(clock: Clock = systemClock): DependencyContainer {
  const container = globalContainer.createChildContainer()
  container.register(CLOCK, { useValue: clock })
  container.register(STORAGE, { useValue: diskStorage })
  container.register(KIND_ORIGINS, { useValue: [] })
  container.register<SpaceFollower>(SPACE_FOLLOWER, { useValue: lazyFollower })
  container.register(KIND_REGISTRY, { useClass: KindRegistry }, { lifecycle: Lifecycle.ContainerScoped })
  for (const plugin of builtInKinds) applyBuiltIn(container, plugin)
  return container
}

/** Loads the pipelines when they are asked for: most commands are done without a hub. */
const lazyFollower: SpaceFollower = {
  async pull(session) {
    const { pull } = await import('./sync/pull/pull.js')
    await pull(session, { all: true, keepRecords: false })
  },
  async follow(session) {
    const { followSpace } = await import('./sync/follow-space.js')
    await followSpace(session)
  },
}

/** Applies more plugins, in order, and rejects at the first that fails. They must come before the registry is asked for. */
export async function addPlugins(
  container: DependencyContainer,
  plugins: readonly (string | AnyPlugin)[],
  directory: string,
  isFit: StagedCheck = () => {},
): Promise<void> {
  for (const plugin of plugins) {
    const origin =
      typeof plugin === 'string'
        ? plugin
        : plugin.name || (typeof plugin === 'function' ? 'given as a function' : 'given as an object')
    const check: StagedCheck = (staged) => {
      isFit(staged)
      noteOrigins(staged.valuesOf(COMMAND), origin)
    }
    if (typeof plugin === 'string') await loadPlugin(container, plugin, directory, check)
    else await applyPlugin(container, plugin, origin, check)
  }
}
