import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** The build that is measured: where the build puts it. */
const directory = path.resolve(import.meta.dirname, '../..', process.env.BUILD_DIRECTORY ?? 'dist')

export const EXECUTABLE = path.join(directory, 'cli.cjs')

/** What programs import as `muse-coord`. */
export function importLibrary() {
  return import(pathToFileURL(path.join(directory, 'index.js')).href)
}

/** What they import as `muse-coord/plugin`. */
export function importPluginDoor() {
  return import(pathToFileURL(path.join(directory, 'plugin.js')).href)
}
