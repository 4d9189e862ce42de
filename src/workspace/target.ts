import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import type { Kind } from '../kinds/kind.js'
import { type HubUrl, parseHubUrl } from '../record/hub-url.js'
import { isSpaceName } from '../record/record.js'
import { type Config, readConfig } from './config.js'
import { assureOwnState } from './own-state.js'
import { findRepo, type Repo, repoOrNull } from './repo.js'
import type { Session } from './session.js'
import { assertSettingsTrusted } from './settings-trust.js'
import { hubGiven, type SpaceChoice } from './space-choice.js'
import { isStoreThere } from './store-there.js'

/** A space on a hub. Everything in it has been checked. */
export interface SpaceTarget {
  readonly hub: HubUrl
  readonly owner: string
  readonly slug: string
}

/** A space and the repository that is kept in step with it. */
export interface Target extends SpaceTarget {
  readonly repo: Repo
  /** Those that were chosen, in the order of registration. */
  readonly kinds: readonly Kind[]
}

/**
 * Checks everything before a record file is touched, in this order: owner, slug, kinds, the repository, the hub's URL.
 */
export function resolveTarget(session: Session, kindNames: readonly string[] = []): Target {
  const { repo, config, named } = lookUp(session)
  // Outside of a repository its settings are missing, and not the flags that would stand for them.
  const names = repo && namesFrom(named, config)
  const kinds = session.registry.select(kindNames)
  if (repo === null || names === null) return noRepo(session)
  const target = { repo, hub: hubFrom(session, config), ...names, kinds }
  if (config !== null) assertOwnWord(session, repo, config)
  return target
}

/** Throws why there is none: its directory may be gone. */
function noRepo({ directory, env, storage }: Place): never {
  findRepo(directory, env, storage)
  throw coordError('NOT_A_REPO', directory)
}

/** The same for what concerns the space alone: it needs no repository when everything is given otherwise. */
export function resolveSpace(session: Session): SpaceTarget {
  const { repo, config, named } = lookUp(session)
  const target = { ...namesFrom(named, config), hub: hubFrom(session, config) }
  if (repo !== null && config !== null) assertOwnWord(session, repo, config)
  return target
}

function lookUp(session: Place) {
  const named = namesGiven(session.space, session.env)
  // Of one store there is one object, for it keeps the index open, and to find the store takes dozens of looks at the disk.
  const opened = session.openedWorkspace?.repo
  const repo = opened && isStoreThere(opened) ? opened : repoOrNull(session.directory, session.env, session.storage)
  if (repo !== null) assureOwnState(repo)
  return { repo, config: repo && readConfig(repo), named }
}

/** What of a session says where a hub is. */
type Place = Pick<Session, 'space' | 'env' | 'directory' | 'storage' | 'openedWorkspace'>

interface NamesGiven {
  readonly owner: string | undefined
  readonly slug: string | undefined
}

/**
 * Owner and slug as far as they were given outright. Commands call it before they look at further flags.
 */
export function namesGiven(space: SpaceChoice, env: Environment): NamesGiven {
  const owner = space.owner ?? (env.MUSE_COORD_OWNER || undefined)
  const slug = space.slug ?? (env.MUSE_COORD_SLUG || undefined)
  return {
    owner: owner === undefined ? undefined : checkedName('owner', owner),
    slug: slug === undefined ? undefined : checkedName('slug', slug),
  }
}

/**
 * The hub alone, for what needs no space.
 */
export function resolveHub(session: Place): HubUrl {
  const repo = repoOrNull(session.directory, session.env, session.storage)
  const config = repo && readConfig(repo)
  const hub = hubFrom(session, config)
  if (repo !== null && config !== null && !isHubGiven(session)) assertSettingsTrusted(session.env, repo, config)
  return hub
}

/** Flags and variables are the user's own word; whatever the settings add to them has to be trusted. */
function assertOwnWord(session: Place, repo: Repo, config: Config): void {
  const { owner, slug } = namesGiven(session.space, session.env)
  if (isHubGiven(session) && owner !== undefined && slug !== undefined) return
  assertSettingsTrusted(session.env, repo, config)
}

function isHubGiven({ space, env }: Place): boolean {
  return hubGiven(space, env, null) !== ''
}

function hubFrom({ space, env }: Place, config: Config | null): HubUrl {
  const url = hubGiven(space, env, config)
  if (url === '') throw coordError('HUB_URL_MISSING')
  return parseHubUrl(url)
}

function namesFrom(named: NamesGiven, config: Config | null): { owner: string; slug: string } {
  return { owner: named.owner ?? nameFrom(config, 'owner'), slug: named.slug ?? nameFrom(config, 'slug') }
}

function nameFrom(config: Config | null, key: 'owner' | 'slug'): string {
  const name = config?.[key]
  if (!name) throw coordError('FLAG_MISSING', `--${key}`)
  return checkedName(key, name)
}

function checkedName(key: 'owner' | 'slug', name: string): string {
  if (!isSpaceName(name)) throw coordError('NAME_INVALID', `--${key}`, name)
  return name
}
