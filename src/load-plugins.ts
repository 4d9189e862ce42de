import type { Environment } from './base/environment.js'
import { asCoordError, type CoordError, coordError } from './base/errors.js'
import type { DependencyContainer } from './base/injection.js'
import { addPlugins } from './container.js'
import { PLUGIN_SETTINGS } from './kinds/define-plugin.js'
import type { StagedCheck } from './kinds/plugin-loader.js'
import { readConfig } from './workspace/config.js'
import type { Repo } from './workspace/repo.js'

/** Whose plugins are loaded, and how. */
export interface PluginLoading {
  /** Where the settings stand that name plugins; `null`: outside of a repository. */
  readonly repo: Repo | null
  readonly env: Environment
  /** What is asked of a plugin's registrations beside its kinds. */
  readonly check?: StagedCheck
}

/**
 * Loads the plugins that the settings of a repository name. One that fails costs what needs it and nothing else, so it is
 * told and the next one is loaded. What came with a clone is somebody else's word: its plugins run once the user trusts them.
 *
 * @returns why plugins were left out
 */
export async function loadSettingsPlugins(
  container: DependencyContainer,
  { repo, env, check }: PluginLoading,
): Promise<readonly CoordError[]> {
  if (repo === null) return []
  const { plugins, pluginSettings } = readConfig(repo)
  // Also for those that the command line names.
  container.register(PLUGIN_SETTINGS, { useValue: pluginSettings })
  const named = [...new Set(plugins)]
  if (named.length === 0) return []
  const { readPluginTrust } = await import('./workspace/plugin-trust.js')
  const trust = await readPluginTrust(env, repo.root, named)
  const faults: CoordError[] = []
  const untrusted = trust.filter(({ isTrusted }) => !isTrusted).map(({ name }) => name)
  if (untrusted.length > 0) faults.push(coordError('PLUGIN_UNTRUSTED', untrusted.join(', ')))
  for (const { name, isTrusted } of trust) {
    if (!isTrusted) continue
    try {
      await addPlugins(container, [name], repo.root, check)
    } catch (error) {
      faults.push(asCoordError(error))
    }
  }
  return faults
}
