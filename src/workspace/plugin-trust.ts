import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../base/environment.js'
import { locatePlugin } from '../kinds/locate-plugin.js'
import { knownWorkspace } from './known-workspaces.js'

/** Whether a plugin that the settings name may run. */
export interface PluginTrust {
  /** As the settings name it: a package or a path. */
  readonly name: string
  /** What its files say, `sha256:…`; `null`: there is nothing to run. {@link UNBOUNDED} is trusted by nobody. */
  readonly hash: `sha256:${string}` | typeof UNBOUNDED | null
  /** Whether the user trusted just that. What is not there can do nothing, and is told as missing. */
  readonly isTrusted: boolean
}

/**
 * How a module names another file beside it, in each of the ways of JavaScript. It is matched in what nobody trusts yet, so no text
 * may be read in two ways.
 */
const RELATIVE = /\b(?:from|import|require)[\s(]*(['"`])(\.{1,2}\/[^'"`\n]+)\1/g
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.json', '.ts', '/index.js']
/** Of plugins that nobody trusts yet no more is looked at than a command may take. */
interface Budget {
  names: number
  bytes: number
}
const MOST_NAMES = 20_000
const MOST_BYTES = 64 * 1024 * 1024
/** In the place of a hash: more than can be looked at, or no files. */
const UNBOUNDED = 'unbounded'
const PREFIX = 'plugin '

/** Which of the plugins that a store's settings name are trusted by this user on this machine, as their files are now. */
export async function readPluginTrust(
  env: Environment,
  root: string,
  names: readonly string[],
): Promise<readonly PluginTrust[]> {
  const { trusted } = knownWorkspace(env, root)
  const budget = { names: MOST_NAMES, bytes: MOST_BYTES }
  return names.map((name) => {
    const hash = hashOf(locatePlugin(name, root), budget)
    return { name, hash, isTrusted: hash === null || (hash !== UNBOUNDED && trusted[PREFIX + name] === hash) }
  })
}

/** What is to be remembered of plugins that are trusted from now on. */
export function trustedHashes(plugins: readonly PluginTrust[]): Readonly<Record<string, string>> {
  return Object.fromEntries(plugins.flatMap(({ name, hash }) => (hash === null ? [] : [[PREFIX + name, hash]])))
}

/**
 * Of a plugin's entry and of the files that it names by a relative path; the packages that it imports are npm's to keep. `null`: there
 * is nothing; {@link UNBOUNDED}: it cannot be looked at as a whole.
 */
function hashOf(url: string | null, budget: Budget): PluginTrust['hash'] {
  if (url === null) return null
  const hash = createHash('sha256')
  const files = new Set([fileURLToPath(url)])
  for (const file of files) {
    const bytes = bytesOf(file, budget)
    if (bytes === UNBOUNDED || --budget.names < 0) return UNBOUNDED
    if (bytes === null) continue
    // Of what is no text, too: a module may be compiled.
    hash.update(`${bytes.length}\n`).update(bytes)
    for (const [, , name] of bytes.toString().matchAll(RELATIVE)) {
      for (const ending of ENDINGS) files.add(resolve(dirname(file), `${name}${ending}`))
      if (files.size > budget.names) return UNBOUNDED
    }
  }
  return `sha256:${hash.digest('hex')}`
}

/** `null`: no such file, or a directory: it is imported by another ending, or its import fails by itself. */
function bytesOf(file: string, budget: Budget): Buffer | typeof UNBOUNDED | null {
  try {
    const stats = statSync(file)
    if (stats.isDirectory()) return null
    budget.bytes -= stats.size
    // A link may lead to a device, which has no end.
    return stats.isFile() && budget.bytes >= 0 ? readFileSync(file) : UNBOUNDED
  } catch {
    return null
  }
}
