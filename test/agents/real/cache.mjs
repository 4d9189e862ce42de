import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/** The npm package of each agent program, with the version that its contract was read from. */
export const PACKAGES = JSON.parse(readFileSync(path.join(import.meta.dirname, 'packages.json'), 'utf8'))

/** Where a program is installed: a directory a version, so that another version leaves this one alone. */
export function directoryOf(name) {
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'muse-coord-agents')
  const short = PACKAGES[name].package.replace(/^.*\/|-ai$/g, '')
  return path.join(cache, `${short}-${PACKAGES[name].version}`)
}

/** The directory that its executable lies in; `null`: it is not installed. */
export function executablesOf(name) {
  const directory = path.join(directoryOf(name), 'node_modules', '.bin')
  return existsSync(path.join(directory, name)) ? directory : null
}
