import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolve } from 'import-meta-resolve'
import type { DependencyContainer } from 'tsyringe'
import { coordError, problemOf } from '../errors.js'
import { KIND, type Plugin } from './kind.js'
import { KIND_ORIGINS } from './registry.js'

/** Where the program itself is installed: a plugin that was installed beside it is found there. */
const HERE = import.meta.url

/**
 * Applies a plugin to a container and remembers what it registered as its own.
 *
 * @param origin how it was named, for listings and errors
 * @throws `PLUGIN_FAILED` when the plugin throws
 */
export function applyPlugin(container: DependencyContainer, plugin: Plugin, origin: string): void {
  const origins = container.resolve<string[]>(KIND_ORIGINS)
  try {
    plugin(container)
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
 * @throws `PLUGIN_MISSING`, `PLUGIN_FAILED`, `PLUGIN_NO_DEFAULT`
 */
export async function loadPlugin(container: DependencyContainer, specifier: string, directory: string): Promise<void> {
  const url = locate(specifier, directory)
  if (url === null) throw coordError('PLUGIN_MISSING', specifier, directory)
  let module: Record<string, unknown>
  try {
    module = await import(url)
  } catch (error) {
    throw Object.assign(coordError('PLUGIN_FAILED', specifier, problemOf(error)), { cause: error })
  }
  if (typeof module.default !== 'function') {
    throw coordError('PLUGIN_NO_DEFAULT', specifier, Object.keys(module).join(', ') || 'no exports')
  }
  applyPlugin(container, module.default as Plugin, specifier)
}

/** The address to import, or `null` when there is nothing. */
function locate(specifier: string, directory: string): string | null {
  if (isPath(specifier)) {
    const file = specifier.startsWith('file:') ? fileURLToPath(specifier) : path.resolve(directory, specifier)
    if (!existsSync(file)) return null
    return statSync(file).isDirectory() ? packageEntry(file) : pathToFileURL(file).href
  }
  return packageFrom(specifier, pathToFileURL(`${directory}${path.sep}`).href) ?? packageFrom(specifier, HERE)
}

function isPath(specifier: string): boolean {
  return /^\.{0,2}[/\\]|^\.{1,2}$|^file:/.test(specifier) || path.isAbsolute(specifier)
}

function packageFrom(name: string, parent: string): string | null {
  try {
    const url = resolve(name, parent)
    return existsSync(fileURLToPath(url)) ? url : null
  } catch {
    return null // Not there: the caller looks elsewhere and reports where it looked.
  }
}

/** The entry of a package's own directory: by its `exports` through its own name, else by `main`. */
function packageEntry(directory: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
    const name = (manifest as { name?: unknown }).name
    const own =
      typeof name === 'string' ? packageFrom(name, pathToFileURL(path.join(directory, 'package.json')).href) : null
    return own ?? pathToFileURL(createRequire(path.join(directory, 'package.json')).resolve(directory)).href
  } catch {
    return null // No package, or one without an entry: reported as missing.
  }
}
