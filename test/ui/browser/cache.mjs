import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/** Chromium inside of a package of 66 MB, so that `npm ci` leaves it out: the newest one that Node 20 runs. */
export const BROWSER = { name: '@sparticuz/chromium', version: '147.0.0' }

/** Where it is installed: a directory a version, so that another one leaves this alone. */
export function browserDirectory() {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache')
  return path.join(cache, 'muse-coord-browser', BROWSER.version)
}

/** The module that unpacks it; `null`: it is not installed. */
export function browserModule() {
  const file = path.join(browserDirectory(), 'node_modules', BROWSER.name, 'build/esm/index.js')
  return existsSync(file) ? file : null
}
