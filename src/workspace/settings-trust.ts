import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { withoutCredentials } from '../base/without-credentials.js'
import { type Config, configPath } from './config.js'
import { changeKnownWorkspace, knownWorkspace } from './known-workspaces.js'
import type { Repo } from './repo.js'
import { areSettingsTracked } from './tracked-records.js'

/** Where the settings of a store say that its records go, and whether this user believes it. */
export interface SettingsTrust {
  /** For people: without the credentials that somebody may have written into it. */
  readonly hub: string | null
  /** `owner/slug`, as far as the settings name them. */
  readonly space: string
  readonly isTrusted: boolean
}

/** Among what is trusted of a store: the address that its settings named then. */
const KEY = 'hub and space'

/**
 * Settings that git tracks came with a clone or a branch. They could name a hub that learns whose key this is, or a space of
 * this user's in which the clone's records would be signed. What git does not track needs no word; where that cannot be told, it
 * does. `null`: nothing has to be trusted.
 */
export function readSettingsTrust(env: Environment, repo: Repo, config: Config): SettingsTrust | null {
  const { hubUrl: hub, owner, slug } = config
  if (hub === null && owner === null && slug === null) return null
  // Asked first: it costs less than to know this machine, and is all that most stores need.
  if (areSettingsTracked(repo) === false) return null
  const space = `${owner ?? ''}/${slug ?? ''}`
  const known = knownWorkspace(env, repo.root)
  const isSaid = known.trusted[KEY] === wordOf(config)
  // The user has had it in step with that space already, by settings that git did not track then, or by flags.
  const isUsed =
    known.trusted[KEY] === undefined &&
    known.hub !== null &&
    known.hub === hub?.replace(/\/+$/, '') &&
    known.space === space
  return { hub: hub && withoutCredentials(hub), space, isTrusted: isSaid || isUsed }
}

/** What is to be remembered of settings that are trusted from now on. */
export function trustedSettings(config: Config): Readonly<Record<string, string>> {
  return { [KEY]: wordOf(config) }
}

/** What is to be remembered of settings that are trusted no longer, although they were in use. */
export const DISTRUSTED_SETTINGS: Readonly<Record<string, string>> = { [KEY]: '' }

/** Trusts what the settings name now, beside what is trusted already. */
export function trustSettings(env: Environment, repo: Repo, config: Config): void {
  const { trusted } = knownWorkspace(env, repo.root)
  if (trusted[KEY] === wordOf(config)) return
  changeKnownWorkspace(env, repo.root, { trusted: { ...trusted, ...trustedSettings(config) } })
}

/** Refuses what settings say that came with a clone, until the user has said that it is right. Throws `SETTINGS_UNTRUSTED`. */
export function assertSettingsTrusted(env: Environment, repo: Repo, config: Config): void {
  const trust = readSettingsTrust(env, repo, config)
  if (trust === null || trust.isTrusted) return
  throw coordError('SETTINGS_UNTRUSTED', configPath(repo), trust.hub ?? '', trust.space)
}

function wordOf({ hubUrl, owner, slug }: Config): string {
  return `${hubUrl ?? ''} ${owner ?? ''}/${slug ?? ''}`
}
