import { coordError, problemOf } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { KIND, type Plugin } from './kind.js'
import { KIND_ORIGINS } from './registry.js'

/**
 * Applies a plugin to a container and remembers what it registered as its own.
 *
 * @param origin how it was named, for listings and errors
 * @throws `PLUGIN_FAILED` when the plugin throws
 */
export function applyPlugin(container: DependencyContainer, plugin: Plugin, origin: string): void {
  const origins = container.resolve<string[]>(KIND_ORIGINS)
  try {
    refusePromise(plugin(container))
    // Factories are a plugin's code too, and this is where a broken one can still be told from the others.
    const registered = container.isRegistered(KIND) ? container.resolveAll(KIND).length : 0
    while (origins.length < registered) origins.push(origin)
  } catch (error) {
    throw Object.assign(coordError('PLUGIN_FAILED', origin, problemOf(error)), { cause: error })
  }
}

/**
 * Imports a plugin by the name of a package or by a path, and applies it.
 *
 * @param specifier `muse-kind-checkpoint`, `./kinds/checkpoint.js`, a package's directory
 * @param directory where to look: the repository's root for settings, the working directory for `--plugin`
 * @throws `PLUGIN_MISSING`, `PLUGIN_NEEDS`, `PLUGIN_FAILED`, `PLUGIN_NO_DEFAULT`
 */
export async function loadPlugin(container: DependencyContainer, specifier: string, directory: string): Promise<void> {
  // Loaded only now: most workspaces have no plugins, and resolving packages by Node's rules is a program of its own.
  const { locatePlugin } = await import('./locate-plugin.js')
  const url = locatePlugin(specifier, directory)
  if (url === null) throw coordError('PLUGIN_MISSING', specifier, directory)
  let module: Record<string, unknown>
  try {
    module = await import(url)
  } catch (error) {
    throw importFailed(specifier, error)
  }
  if (typeof module.default !== 'function') {
    throw coordError('PLUGIN_NO_DEFAULT', specifier, Object.keys(module).join(', ') || 'no exports')
  }
  applyPlugin(container, module.default as Plugin, specifier)
}

function importFailed(specifier: string, error: unknown): Error {
  const problem = problemOf(error)
  const [, needed] = /^Cannot find package '([^']+)'/.exec(problem) ?? []
  const isMissing = (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' && needed !== undefined
  const failure = isMissing
    ? coordError('PLUGIN_NEEDS', specifier, needed)
    : coordError('PLUGIN_FAILED', specifier, problem)
  return Object.assign(failure, { cause: error })
}

/** What registers later would be missed without a word. */
function refusePromise(returned: unknown): void {
  if (!(returned instanceof Promise)) return
  returned.catch(() => {}) // Refused below, whatever becomes of it.
  throw new Error('it returns a promise, and a plugin has to register at once')
}
