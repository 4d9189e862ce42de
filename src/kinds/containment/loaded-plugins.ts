import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { problemOf } from '../../base/errors.js'

interface LoadedPlugin {
  readonly origin: string
  /** Its directory, as paths and as addresses begin that lie in it. */
  readonly beginnings: readonly string[]
}

/** What lies there is this package, also where a plugin carries it. */
const OWN_PACKAGE = /[\\/]node_modules[\\/]muse-coord[\\/]/

/** The plugins whose code this process has begun to import: from then on they may do anything to it. */
const loaded: LoadedPlugin[] = []

/** @param url of the file that is imported */
export function noteLoaded(origin: string, url: string): void {
  const directory = dirname(fileURLToPath(url))
  loaded.push({ origin, beginnings: [directory, pathToFileURL(directory).href] })
}

/** As they were named. */
export function loadedPlugins(): readonly string[] {
  return loaded.map(({ origin }) => origin)
}

/** The innermost place of a stack that lies in a plugin, and which one that is. */
export interface PluginPlace {
  readonly origin: string
  /** `at list (file:///repo/tools/lock.mjs:3:9)` */
  readonly line: string
}

export function placeInPlugin(stack: string): PluginPlace | null {
  for (const text of stack.split('\n')) {
    const line = text.trim()
    if (!line.startsWith('at ') || OWN_PACKAGE.test(line)) continue
    // A plugin may lie in another one's directory.
    const [nearest] = loaded
      .flatMap(({ origin, beginnings }) => beginnings.map((beginning) => ({ origin, beginning })))
      .filter(({ beginning }) => line.includes(`${beginning}/`) || line.includes(`${beginning}\\`))
      .sort((one, other) => other.beginning.length - one.beginning.length)
    if (nearest !== undefined) return { origin: nearest.origin, line }
  }
  return null
}

/** Where something was thrown: in the plugin that was called, else where the stack begins. `null`: nothing tells. */
export function placeOf(thrown: unknown): string | null {
  const stack = typeof thrown === 'object' && thrown !== null && 'stack' in thrown ? String(thrown.stack) : ''
  // What is thrown is a stranger's text, and may look like a place.
  const message = stack.indexOf(problemOf(thrown))
  const calls = message < 0 ? stack : stack.slice(message + problemOf(thrown).length)
  const [head = ''] = stack.split('\n', 1)
  // Of what cannot be parsed the first line of all names the place.
  if (/^file:.*:\d+$/.test(head)) return head
  const first = calls.split('\n').find((line) => /^\s+at /.test(line))
  return placeInPlugin(calls)?.line ?? first?.trim() ?? null
}
