import { resolve } from 'node:path'
import type { DependencyContainer } from 'tsyringe'
import { CLOCK, type Clock } from '../base/clock.js'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { Kind } from '../kinds/kind.js'
import { type KindRegistry, registryOf } from '../kinds/registry.js'
import { type HubUrl, parseHubUrl } from '../record/hub-url.js'
import { isSpaceName } from '../record/record.js'
import { type Config, readConfig } from './config.js'
import { type Repo, repoOrNull } from './repo.js'

type Environment = Readonly<Record<string, string | undefined>>

/** What says where to sync. A value that is left out comes from the environment, then from `.muse/config.toml`. */
export interface TargetOptions {
  /** The application's container, see `createContainer`. */
  container: DependencyContainer
  /** Anywhere inside the repository; the working directory when left out. */
  directory?: string | undefined
  /** The process's own when left out. */
  env?: Environment | undefined
  /** `MUSE_COORD_HUB`, `[hub] url` */
  hub?: string | undefined
  /** `MUSE_COORD_OWNER`, `[coord] owner` */
  owner?: string | undefined
  /** `MUSE_COORD_SLUG`, `[coord] slug` */
  slug?: string | undefined
  /** Names of kinds; all of them when left out or empty. */
  kinds?: readonly string[] | undefined
}

/** A space on a hub. Everything in it has been checked. */
export interface SpaceTarget {
  readonly hub: HubUrl
  readonly owner: string
  readonly slug: string
  readonly clock: Clock
  readonly env: Environment
}

/** A space and the repository that is kept in step with it. */
export interface Target extends SpaceTarget {
  readonly repo: Repo
  readonly registry: KindRegistry
  readonly kinds: readonly Kind[]
}

/**
 * Checks everything before a record file is touched, in this order: owner, slug, kinds, the repository, the hub's URL.
 *
 * @throws `FLAG_MISSING`, `NAME_INVALID`, `KIND_UNKNOWN`, `NOT_A_REPO`, `HUB_URL_MISSING`, `HUB_URL_INVALID`,
 *   `CONFIG_INVALID`
 */
export function resolveTarget(options: TargetOptions): Target {
  const { env, directory, repo, config, named } = lookUp(options)
  // Outside of a repository its settings are missing, and not the flags that would stand for them.
  const names = repo && namesFrom(named, config)
  const registry = registryOf(options.container)
  const kinds = registry.select(options.kinds ?? [])
  if (repo === null || names === null) throw coordError('NOT_A_REPO', resolve(directory, env.MUSE_REPO_ROOT ?? ''))
  const hub = hubFrom(options.hub, env, config)
  const clock = options.container.resolve<Clock>(CLOCK)
  return { repo, hub, ...names, registry, kinds, clock, env }
}

/**
 * The same for what concerns the space alone: it needs no repository when everything is given otherwise.
 *
 * @throws as {@link resolveTarget}, but for kinds and repository
 */
export function resolveSpace(options: TargetOptions): SpaceTarget {
  const { env, config, named } = lookUp(options)
  const names = namesFrom(named, config)
  const hub = hubFrom(options.hub, env, config)
  return { hub, ...names, clock: options.container.resolve<Clock>(CLOCK), env }
}

function lookUp(options: TargetOptions) {
  const env = options.env ?? process.env
  const directory = options.directory ?? process.cwd()
  const named = namesGiven(options, env)
  const repo = repoOrNull(directory, env)
  return { env, directory, repo, config: repo && readConfig(repo), named }
}

interface NamesGiven {
  readonly owner: string | undefined
  readonly slug: string | undefined
}

/**
 * Owner and slug as far as they were given outright. Commands call it before they look at further flags.
 *
 * @throws `NAME_INVALID`
 */
export function namesGiven(options: Pick<TargetOptions, 'owner' | 'slug'>, env: Environment): NamesGiven {
  const owner = options.owner ?? (env.MUSE_COORD_OWNER || undefined)
  const slug = options.slug ?? (env.MUSE_COORD_SLUG || undefined)
  return {
    owner: owner === undefined ? undefined : checkedName('owner', owner),
    slug: slug === undefined ? undefined : checkedName('slug', slug),
  }
}

/**
 * The hub alone, for what needs no space.
 *
 * @throws `HUB_URL_MISSING`, `HUB_URL_INVALID`, `CONFIG_INVALID`
 */
export function resolveHub(options: Pick<TargetOptions, 'hub' | 'env' | 'directory'>): HubUrl {
  const env = options.env ?? process.env
  const repo = repoOrNull(options.directory ?? process.cwd(), env)
  return hubFrom(options.hub, env, repo && readConfig(repo))
}

function hubFrom(given: string | undefined, env: Environment, config: Config | null): HubUrl {
  const url = given ?? (env.MUSE_COORD_HUB || config?.hubUrl)
  if (!url) throw coordError('HUB_URL_MISSING')
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
  if (!isSpaceName(name)) throw coordError('NAME_INVALID', `--${key}`, quote(name))
  return name
}
