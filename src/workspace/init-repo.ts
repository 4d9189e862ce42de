import fs from 'node:fs'
import { dirname, resolve } from 'node:path'
import { identityPaths } from '../auth/identity-paths.js'
import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { withoutCredentials } from '../base/without-credentials.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { diskStorage, type Storage } from '../files/storage.js'
import { setTomlValues } from '../files/toml-edit.js'
import { CONFIG_FILE, type Config, configPath, MAX_CONFIG_BYTES, readConfig } from './config.js'
import { changeKnownWorkspace } from './known-workspaces.js'
import { locate } from './locate.js'
import { assertOwnership } from './ownership.js'
import { IGNORE_ALL, type Repo, repoAt } from './repo.js'
import type { Session } from './session.js'
import { readSettingsTrust, trustSettings } from './settings-trust.js'
import { findWorkingTree } from './working-tree.js'

/** What is to stand in `config.toml`; what is left out stays as it is. Checked by the caller. */
export interface InitValues {
  readonly hub?: string | undefined
  readonly owner?: string | undefined
  readonly slug?: string | undefined
}

export interface InitResult {
  /** The directory that holds `.muse/`. */
  root: string
  /** Whether `.muse/` was made by this call. */
  created: boolean
  config: string
  /** Settings that this call changed: `hub.url`, `coord.owner`, `coord.slug`. */
  changed: string[]
  /** What stands in the file now; credentials in an address are masked. */
  hub: string | null
  owner: string | null
  slug: string | null
  /** Root of a repository further up, which the new one now hides from here on; `null`: there is none. */
  inside: string | null
}

const TEMPLATE = `# Settings of this repository, read by Muse and muse-coord.
# A flag on the command line goes before an environment variable, and that before this file.

[hub]
# Address of the hub that carries the records. Environment: MUSE_COORD_HUB
# url = "https://hub.example.com"

[coord]
# The space on the hub: owner/slug. Environment: MUSE_COORD_OWNER and MUSE_COORD_SLUG
# owner = "gabriel"
# slug = "myrepo"

# More kinds of records: packages, or paths seen from the root of the repository.
# plugins = ["muse-kind-checkpoint", "./kinds/review.js"]
`

export interface InitOptions extends InitValues {
  /** Makes a store of the directory itself, also inside of a repository that has one or could have one at its top. */
  readonly nested?: boolean | undefined
  /** The store had a hub once, and has none any more: this machine decides alone. */
  readonly local?: boolean | undefined
}

/** Makes a repository of the session's directory, or changes the settings of the one that it lies in. */
export function init(session: Session, options: InitOptions = {}): InitResult {
  return initRepo(session.directory, session.env, options, session.storage)
}

/**
 * Makes a repository where a directory belongs, or changes the settings of the one that is there. Whatever stands in
 * `config.toml` beside the given values stays, comments included. Safe to repeat, and to run twice at once.
 *
 * @param directory must exist; `MUSE_REPO_ROOT` goes before it
 */
export function initRepo(
  directory: string,
  env: Environment,
  { nested = false, local = false, ...values }: InitOptions,
  storage: Storage = diskStorage,
): InitResult {
  const repo = repoAt(
    env.MUSE_REPO_ROOT ? resolve(directory, env.MUSE_REPO_ROOT) : placeFor(directory, env, nested),
    storage,
  )
  const parent = dirname(repo.root)
  const inside = parent === repo.root ? null : locate(parent, { HOME: env.HOME })
  const created = repo.muse.make()
  repo.coordination.make()
  repo.coordination.create(IGNORE_ALL.name, IGNORE_ALL.content)
  repo.muse.create(CONFIG_FILE, TEMPLATE)
  const isSaid = Object.values(values).some((value) => value !== undefined)
  const wasTrusted = readSettingsTrust(env, repo, readConfig(repo))?.isTrusted ?? true
  const changed = isSaid ? changeConfig(repo, values) : []
  const config = readConfig(repo)
  const { hubUrl: hub, owner, slug } = config
  const isAllSaid = [
    [hub, values.hub],
    [owner, values.owner],
    [slug, values.slug],
  ].every(([stands, said]) => stands === null || stands === said)
  // What is said here needs no further word once it is committed; what stood there before does.
  if (isSaid && (wasTrusted || isAllSaid) && identityPaths(env) !== null) trustSettings(env, repo, config)
  const named = hub && withoutCredentials(hub)
  if (local && named !== null)
    throw coordError('CONFIG_INVALID', configPath(repo), `it names the hub ${named}; take that out first.`)
  if (local) changeKnownWorkspace(env, repo.root, { hub: '', space: null })
  const paths = { root: repo.root, config: configPath(repo), inside: inside?.root ?? null }
  return { ...paths, created, changed, hub: named, owner, slug }
}

/** Where a store belongs: one that only this directory would see is an island among those who work beside it. */
function placeFor(directory: string, env: Environment, nested: boolean): string {
  // It is found by the real path as well, so a missing directory has been told of before it is read.
  const root = locate(directory, env)?.root
  const start = fs.realpathSync(directory)
  if (nested) return start
  if (root !== undefined) assertOwnership(root, env)
  return root ?? findWorkingTree(start)?.home ?? start
}

function changeConfig(repo: Repo, values: InitValues): string[] {
  const path = configPath(repo)
  return withProcessLockSync(repo.muse, `${CONFIG_FILE}.lock`, () => {
    const present = readConfig(repo)
    const reading = repo.muse.read(CONFIG_FILE, MAX_CONFIG_BYTES)
    if ('fault' in reading) throw coordError('CONFIG_INVALID', path, `it ${reading.fault}.`)
    const changes = changesOf(present, values)
    let text: string | null = reading.text
    for (const { table, key, value } of changes)
      text = text === null ? null : setTomlValues(text, table, { [key]: value })
    if (text === null) throw coordError('CONFIG_INVALID', path, 'it is laid out in a way that only you can edit.')
    if (changes.length > 0) repo.muse.write(CONFIG_FILE, text)
    return changes.map(({ table, key }) => `${table}.${key}`)
  })
}

function changesOf(present: Config, { hub, owner, slug }: InitValues) {
  const wanted = [
    { table: 'hub', key: 'url', value: hub, was: present.hubUrl },
    { table: 'coord', key: 'owner', value: owner, was: present.owner },
    { table: 'coord', key: 'slug', value: slug, was: present.slug },
  ]
  return wanted.flatMap(({ table, key, value, was }) =>
    value === undefined || value === was ? [] : [{ table, key, value }],
  )
}
