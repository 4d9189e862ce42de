import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { coordError, problemOf } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { containPart } from './containment/contain-part.js'
import { noteLoaded } from './containment/loaded-plugins.js'
import { partFault } from './containment/part-fault.js'
import { pluginFailed } from './containment/plugin-failed.js'
import { type AnyPlugin, COMMAND, pluginOf } from './define-plugin.js'
import { KIND, type Plugin } from './kind.js'
import { BUILT_IN, KIND_ORIGINS, KindRegistry } from './registry.js'
import { type Staged, stagePlugin } from './staged-plugin.js'

/** How long a plugin may take to be imported and to set itself up. */
const LOAD_SECONDS = 5

/** The DI token of what is done before a plugin is imported: an executable guards its process. */
export const BEFORE_PLUGINS: symbol = Symbol.for('muse-coord.before-plugins')

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
  plugin: AnyPlugin,
  origin: string,
  check: StagedCheck = () => {},
): Promise<void> {
  const setUp = pluginOf(plugin, origin)
  if (setUp === null) throw coordError('PLUGIN_NO_DEFAULT', origin, Object.keys(plugin).join(', ') || 'nothing')
  await withinLimit(origin, applyLoaded(container, setUp, origin, check))
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
  staged.each((token, part) => {
    const fault = isOurs(token) ? partFault(token, part) : null
    if (fault !== null) throw pluginFailed(origin, fault)
  })
  staged.commit((token, value) => (isOurs(token) ? containPart(value, origin, partName(token)) : value))
  origins.push(...own)
}

/** The addresses of the plugins that a container has: settings and command line may name one of them each in their own way. */
const applied = new WeakMap<DependencyContainer, Set<string>>()

/**
 * Imports a plugin by the name of a package or by a path, and applies it. What the container has already is not applied again.
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
  if (url === null) {
    const isPathWithoutDot = !/^[./\\]/.test(specifier) && existsSync(join(directory, specifier))
    throw coordError('PLUGIN_MISSING', specifier, directory, isPathWithoutDot)
  }
  const known = applied.get(container) ?? new Set<string>()
  if (known.has(url)) return
  if (container.isRegistered(BEFORE_PLUGINS, true)) await container.resolve<() => Promise<void>>(BEFORE_PLUGINS)()
  await withinLimit(
    specifier,
    importPlugin(specifier, url).then((plugin) => applyLoaded(container, plugin, specifier, check)),
  )
  applied.set(container, known.add(url))
}

/** Kinds are contained by their registry, commands by who runs them; of tokens that are not this program's nothing is known. */
function isOurs(token: unknown): boolean {
  return typeof token === 'symbol' && token !== KIND && token !== COMMAND && partName(token) !== ''
}

/** `muse-coord.status-part` is a status part. */
function partName(token: symbol): string {
  const [, name = ''] = /^muse-coord\.(.+)$/.exec(token.description ?? '') ?? []
  return name.replaceAll('-', ' ')
}

async function importPlugin(specifier: string, url: string): Promise<Plugin> {
  noteLoaded(specifier, url)
  let module: Record<string, unknown>
  try {
    const { importModule } = await import('./import-module.js')
    module = await importModule(url)
  } catch (error) {
    throw await importFailed(specifier, url, error)
  }
  const plugin = pluginOf(defaultOf(module), specifier)
  if (plugin !== null) return plugin
  throw coordError('PLUGIN_NO_DEFAULT', specifier, Object.keys(module).join(', ') || 'no exports')
}

/** What CommonJS exports as `default`, by hand or compiled, is a field of what Node takes for the default export. */
function defaultOf(module: Record<string, unknown>): unknown {
  const own = module.default
  return typeof own === 'object' && own !== null && 'default' in own ? own.default : own
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

/** What Node says of TypeScript that it does not run, or not there. */
const NOT_STRIPPED = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'])

async function importFailed(specifier: string, url: string, error: unknown): Promise<Error> {
  const [problem = ''] = problemOf(error).split('\n', 1)
  if (NOT_STRIPPED.has(String((error as { code?: unknown }).code)) && /\.[cm]?ts\b/.test(problem))
    return Object.assign(coordError('PLUGIN_TYPESCRIPT', specifier, problem), { cause: error })
  const [, needed] = /^Cannot find package '([^']+)'/.exec(problemOf(error)) ?? []
  const isMissing = (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' && needed !== undefined
  if ((error as { name?: unknown }).name === 'SyntaxError') {
    const { syntaxPlace } = await import('./containment/syntax-place.js')
    const place = syntaxPlace(url)
    if (place !== null)
      return Object.assign(coordError('PLUGIN_FAILED', specifier, `${problem} (at ${place})`), { cause: error })
  }
  if (!isMissing) return pluginFailed(specifier, error)
  return Object.assign(coordError('PLUGIN_NEEDS', specifier, needed), { cause: error })
}
