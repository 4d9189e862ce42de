import { hookCommand } from '../plugins/agents/hook-command.js'
import { builtInCommands } from '../plugins/commands.js'
import { builtInKinds } from '../plugins/index.js'
import { CLOCK, type Clock, systemClock } from './base/clock.js'
import { type DependencyContainer, globalContainer, Lifecycle } from './base/injection.js'
import { defineCommands } from './commands/command.js'
import { diskStorage, STORAGE } from './files/storage.js'
import type { Plugin } from './kinds/kind.js'
import { applyPlugin, loadPlugin } from './kinds/plugin-loader.js'
import { BUILT_IN, KIND_ORIGINS, KIND_REGISTRY, KindRegistry } from './kinds/registry.js'
import { SPACE_FOLLOWER, type SpaceFollower } from './workspace/leases/space-follower.js'

export interface ContainerOptions {
  /** Plugins beside the built-in ones: package names, paths, or the functions themselves. */
  plugins?: readonly (string | Plugin)[]
  /** Where packages and paths are looked up; the working directory when left out. */
  directory?: string
  /** The time; this machine's when left out. */
  clock?: Clock
}

/**
 * The application's own container, with the built-in plugins and the given ones applied. Nothing is registered on
 * tsyringe's global container, so any number of these live side by side.
 *
 * Rejects with `PLUGIN_MISSING`, `PLUGIN_FAILED` or `PLUGIN_NO_DEFAULT`.
 */
export async function createContainer(options: ContainerOptions = {}): Promise<DependencyContainer> {
  const container = createBareContainer(options.clock)
  applyPlugin(container, builtInCommands, BUILT_IN)
  const { plugins = [], directory } = options
  // The working directory may be gone, which is nothing to those who name no plugin.
  if (plugins.length > 0) await addPlugins(container, plugins, directory ?? process.cwd())
  return container
}

/** The same with one command, `hook`, which runs before each edit: whoever bundles this alone loads none of the others. */
export function createHookContainer(): DependencyContainer {
  const container = createBareContainer()
  applyPlugin(container, defineCommands(hookCommand), BUILT_IN)
  return container
}

function createBareContainer(clock: Clock = systemClock): DependencyContainer {
  const container = globalContainer.createChildContainer()
  container.register(CLOCK, { useValue: clock })
  container.register(STORAGE, { useValue: diskStorage })
  container.register(KIND_ORIGINS, { useValue: [] })
  container.register<SpaceFollower>(SPACE_FOLLOWER, { useValue: lazyFollower })
  container.register(KIND_REGISTRY, { useClass: KindRegistry }, { lifecycle: Lifecycle.ContainerScoped })
  for (const plugin of builtInKinds) applyPlugin(container, plugin, BUILT_IN)
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

/** Applies more plugins, in order. They must come before the registry is asked for the first time. */
export async function addPlugins(
  container: DependencyContainer,
  plugins: readonly (string | Plugin)[],
  directory: string,
): Promise<void> {
  for (const plugin of plugins) {
    if (typeof plugin === 'string') await loadPlugin(container, plugin, directory)
    else applyPlugin(container, plugin, plugin.name || 'a plugin function')
  }
}
