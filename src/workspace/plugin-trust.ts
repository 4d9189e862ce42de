import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../base/environment.js'
import { locatePlugin } from '../kinds/locate-plugin.js'
import { knownWorkspace } from './known-workspaces.js'

/** Whether a plugin that the settings name may run. */
export interface PluginTrust {
  /** As the settings name it: a package or a path. */
  readonly name: string
  /** What its files say, `sha256:…`; `null`: there is nothing to run. */
  readonly hash: string | null
  /** Whether the user trusted just that. What is not there can do nothing, and is told as missing. */
  readonly isTrusted: boolean
}

/** How a module names another file beside it, in each of the ways of JavaScript. */
const RELATIVE = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"`])(\.{1,2}\/[^'"`\n]+)\1/g
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.json', '.ts', '/index.js']
const PREFIX = 'plugin '

/** Which of the plugins that a store's settings name are trusted by this user on this machine, as their files are now. */
export async function readPluginTrust(
  env: Environment,
  root: string,
  names: readonly string[],
): Promise<readonly PluginTrust[]> {
  const { trusted } = knownWorkspace(env, root)
  return names.map((name) => {
    const hash = hashOf(locatePlugin(name, root))
    return { name, hash, isTrusted: hash === null || trusted[PREFIX + name] === hash }
  })
}

/** What is to be remembered of plugins that are trusted from now on. */
export function trustedHashes(plugins: readonly PluginTrust[]): Readonly<Record<string, string>> {
  return Object.fromEntries(plugins.flatMap(({ name, hash }) => (hash === null ? [] : [[PREFIX + name, hash]])))
}

/** Of a plugin's entry and of the files that it names by a relative path; the packages that it imports are npm's to keep. */
function hashOf(url: string | null): string | null {
  if (url === null) return null
  const hash = createHash('sha256')
  const files = [fileURLToPath(url)]
  for (const file of files) {
    const text = textOf(file)
    if (text === null) continue
    hash.update(`${text.length}\n${text}`)
    for (const [, , name] of text.matchAll(RELATIVE)) {
      for (const ending of ENDINGS) {
        const next = resolve(dirname(file), `${name}${ending}`)
        if (!files.includes(next)) files.push(next)
      }
    }
  }
  return `sha256:${hash.digest('hex')}`
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // No such file, or a directory: it is imported by another ending, or its import fails by itself.
  }
}
