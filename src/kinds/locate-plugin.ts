import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolve } from 'import-meta-resolve'

/** Where the program itself is installed: a plugin that was installed beside it is found there. */
const HERE = import.meta.url

/** The address to import for a package's name or a path, or `null` when there is nothing. */
export function locatePlugin(specifier: string, directory: string): string | null {
  if (isPath(specifier)) {
    const file = specifier.startsWith('file:') ? pathOf(specifier) : path.resolve(directory, specifier)
    if (file === null || !existsSync(file)) return null
    return statSync(file).isDirectory() ? packageEntry(file) : pathToFileURL(file).href
  }
  const isBounded = manifestsOf(specifier, directory).every(isOrdinary)
  const found = isBounded ? packageFrom(specifier, pathToFileURL(`${directory}${path.sep}`).href) : null
  return found ?? packageFrom(specifier, HERE)
}

const MAX_MANIFEST_BYTES = 1024 * 1024

/** What would be read to find a package from a directory: what came with a clone may be a link to what has no end. */
function manifestsOf(specifier: string, directory: string): readonly string[] {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1)
  const manifests: string[] = []
  for (let at = directory; ; at = path.dirname(at)) {
    manifests.push(path.join(at, 'package.json'), path.join(at, 'node_modules', ...name, 'package.json'))
    if (at === path.dirname(at)) return manifests
  }
}

function isOrdinary(file: string): boolean {
  try {
    const stats = statSync(file)
    return stats.isFile() && stats.size <= MAX_MANIFEST_BYTES
  } catch {
    return true // Missing, or found out by who reads it.
  }
}

function isPath(specifier: string): boolean {
  return /^\.{0,2}[/\\]|^\.{1,2}$|^file:/.test(specifier) || path.isAbsolute(specifier)
}

function pathOf(url: string): string | null {
  try {
    return fileURLToPath(url)
  } catch {
    return null // It names another machine, or nothing that a path could be.
  }
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
  if (!manifestsOf('.', directory).every(isOrdinary)) return null
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
