import { resolve } from 'node:path'
import { coordError } from '../base/errors.js'
import { readConfig } from './config.js'
import { changeKnownWorkspace, knownWorkspace } from './known-workspaces.js'
import { locate } from './locate.js'
import { ownershipFault } from './ownership.js'
import { type PluginTrust, readPluginTrust, trustedHashes } from './plugin-trust.js'
import { repoAt } from './repo.js'
import type { Session } from './session.js'
import { DISTRUSTED_SETTINGS, readSettingsTrust, type SettingsTrust, trustedSettings } from './settings-trust.js'

export interface TrustRequest {
  /** `add`: believes the store as it is now; `remove`: asks again; `show`: changes nothing. */
  readonly action: 'add' | 'remove' | 'show'
}

/** What of a store has to be trusted, and what is. */
export interface Trust {
  /** The directory that holds `.muse/`. */
  readonly root: string
  /** Why its owner is not believed without a word, as the rest of a sentence; `null`: there is no reason. */
  readonly ownership: string | null
  /** Where its settings say that its records go; `null`: they do not say it. */
  readonly settings: SettingsTrust | null
  /** The plugins that its settings name. */
  readonly plugins: readonly PluginTrust[]
  /** Whether everything that has to be trusted is. */
  readonly isTrusted: boolean
}

/**
 * Says whether what lies in the session's store is believed, for this user on this machine. What is trusted is what was wrong
 * when it was, and what the plugins of its settings said then: another owner or another plugin has to be trusted anew.
 */
export async function trust({ directory, env }: Session, { action }: TrustRequest): Promise<Trust> {
  const root = locate(directory, env)?.root
  if (root === undefined) throw coordError('NOT_A_REPO', resolve(directory, env.MUSE_REPO_ROOT ?? ''))
  const ownership = ownershipFault(root, env)
  const repo = repoAt(root)
  const config = readConfig(repo)
  const names = [...new Set(config.plugins)]
  const isNamed = readSettingsTrust(env, repo, config) !== null
  if (action === 'add') {
    const plugins = trustedHashes(await readPluginTrust(env, root, names))
    const trusted = { ...plugins, ...(isNamed && trustedSettings(config)) }
    const hasNews = ownership !== null || Object.keys(trusted).length > 0
    if (hasNews) changeKnownWorkspace(env, root, { ownership, trusted })
  }
  if (action === 'remove')
    changeKnownWorkspace(env, root, { ownership: null, trusted: isNamed ? DISTRUSTED_SETTINGS : {} })
  const plugins = await readPluginTrust(env, root, names)
  const isOwnerTrusted = ownership === null || knownWorkspace(env, root).ownership === ownership
  const settings = readSettingsTrust(env, repo, config)
  const parts = [...plugins, ...(settings === null ? [] : [settings])]
  return { root, ownership, settings, plugins, isTrusted: isOwnerTrusted && parts.every(({ isTrusted }) => isTrusted) }
}
