import { CoordError, coordError, problemOf } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { pluginOf } from './define-plugin.js'
import { KIND, type Plugin } from './kind.js'
import { BUILT_IN, KIND_ORIGINS, KindRegistry } from './registry.js'
import { type Staged, stagePlugin } from './staged-plugin.js'

/** How long a plugin may take to be imported and to set itself up. */
const LOAD_SECONDS = 5

/** The plugins whose code this process has begun to import: from then on they may do anything to it. */
const loaded: string[] = []

export function loadedPlugins(): readonly string[] {
  return loaded
}

/** Looks at what a plugin is about to register, and throws what is wrong with it. */
export type StagedCheck = (staged: Staged) => void

/** Applies a plugin that comes with this package. */
export function applyBuiltIn(container: DependencyContainer, plugin: Plugin): void {
  plugin(container)
  const origins = container.resolve<string[]>(KIND_ORIGINS)
  const registered = container.isRegistered(KIND) ? container.resolveAll(KIND).length : 0
  while (origins.length < registered) origins.push(BUILT_IN)
}

/**
 * Applies a plugin to a container and remembers what it registered as its own. A plugin that fails, or takes too long, has
 * registered nothing.
 *
 * @param origin how it was named, for listings and errors
 */
export async function applyPlugin(
  container: DependencyContainer,
  plugin: Plugin,
  origin: string,
  check: StagedCheck = () => {},
): Promise<void> {
  await withinLimit(origin, applyLoaded(container, plugin, origin, check))
}

async function applyLoaded(
  container: DependencyContainer,
  plugin: Plugin,
  origin: string,
  check: StagedCheck,
): Promise<void> {
  const staged = await stagePlugin(container, plugin).catch((error: unknown) => {
    throw pluginFailed(origin, error)
  })
  const kinds = staged.valuesOf(KIND)
  const origins = container.resolve<string[]>(KIND_ORIGINS)
  const own = kinds.map(() => origin)
  // Made to be checked: what cannot stand beside the kinds that are there is this plugin's fault and costs no other.
  if (kinds.length > 0) new KindRegistry([...container.resolveAll(KIND), ...kinds], [...origins, ...own])
  check(staged)
  staged.commit()
  origins.push(...own)
}

/**
 * Imports a plugin by the name of a package or by a path, and applies it.
 *
 * @param specifier `muse-kind-checkpoint`, `./kinds/checkpoint.js`, a package's directory
 * @param directory where to look: the repository's root for settings, the working directory for `--plugin`
 */
export async function loadPlugin(
  container: DependencyContainer,
  specifier: string,
  directory: string,
  check: StagedCheck = () => {},
): Promise<void> {
  // Loaded only now: most workspaces have no plugins, and resolving packages by Node's rules is a program of its own.
  const { locatePlugin } = await import('./locate-plugin.js')
  const url = locatePlugin(specifier, directory)
  if (url === null) throw coordError('PLUGIN_MISSING', specifier, directory)
  await withinLimit(
    specifier,
    importPlugin(specifier, url).then((plugin) => applyLoaded(container, plugin, specifier, check)),
  )
}

async function importPlugin(specifier: string, url: string): Promise<Plugin> {
  loaded.push(specifier)
  let module: Record<string, unknown>
  try {
    module = await import(url)
  } catch (error) {
    throw importFailed(specifier, error)
  }
  const plugin = pluginOf(defaultOf(module), specifier)
  if (plugin !== null) return plugin
  throw coordError('PLUGIN_NO_DEFAULT', specifier, Object.keys(module).join(', ') || 'no exports')
}

/** Compilers write `export default` in a CommonJS package as a field `default` of what Node takes for the default export. */
function defaultOf(module: Record<string, unknown>): unknown {
  const own = module.default
  const isCompiled = typeof own === 'object' && own !== null && '__esModule' in own && 'default' in own
  return isCompiled ? own.default : own
}

/** The timer also keeps the process: one that waits for nothing at all would end, as if all were well. */
async function withinLimit<T>(origin: string, loading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(coordError('PLUGIN_SLOW', origin, LOAD_SECONDS))
    timer = setTimeout(late, LOAD_SECONDS * 1000)
  })
  try {
    return await Promise.race([loading, limit])
  } finally {
    clearTimeout(timer)
  }
}

function importFailed(specifier: string, error: unknown): Error {
  const [, needed] = /^Cannot find package '([^']+)'/.exec(problemOf(error)) ?? []
  const isMissing = (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' && needed !== undefined
  if (!isMissing) return pluginFailed(specifier, error)
  return Object.assign(coordError('PLUGIN_NEEDS', specifier, needed), { cause: error })
}

/** What a plugin's own code has thrown, with the place of it. What it threw as an error of this program stays one. */
export function pluginFailed(origin: string, error: unknown, where = ''): CoordError {
  if (error instanceof CoordError) return error
  const place = placeOf(error)
  const problem = `${where}${problemOf(error)}${place === null ? '' : ` (${place})`}`
  return Object.assign(coordError('PLUGIN_FAILED', origin, problem), { cause: error })
}

/** The first line of a stack that names a place; of what cannot be parsed, the first line of all does. */
function placeOf(error: unknown): string | null {
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : ''
  const [first = ''] = stack.split('\n', 1)
  const line = stack.split('\n').find((one) => /^\s+at /.test(one))
  if (/^file:.*:\d+$/.test(first)) return first
  return line === undefined ? null : line.trim()
}
