import { parse, stringify } from 'smol-toml'
import { identityPaths } from '../auth/identity-paths.js'
import { assertOnlyOwnerWrites } from '../auth/private-files.js'
import type { Environment } from '../base/environment.js'
import { coordError, problemOf } from '../base/errors.js'
import { nodeOs } from '../base/node-os.js'
import type { Folder } from '../files/folder.js'
import { machineId } from '../files/machine-id.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { lookAt } from '../files/real-directory.js'
import { isJsonObject } from '../record/record.js'

/** What this user said or learnt of one store: it lies in the home directory, where no clone and no branch reaches it. */
export interface KnownWorkspace {
  /** The hub that the store was last in step with; `''`: the user said that it has none any more. `null`: it never had one. */
  readonly hub: string | null
  /** `owner/slug` on that hub. */
  readonly space: string | null
  /** What was wrong with who owns the store when the user trusted it all the same. */
  readonly ownership: string | null
  /** The files whose word is trusted, by their path, each with the hash of what it said then: `sha256:…`. */
  readonly trusted: Readonly<Record<string, string>>
}

/**
 * In `~/.muse/`, for its user alone:
 *
 *     [[workspace]]
 *     path = "/home/ada/project"       # the directory that holds .muse/
 *     machine = "6f1d2c3b4a596877"     # a home directory may be shared by several
 *     hub = "https://hub.example.com"
 *     space = "ada/project"
 *     ownership = "belongs to the user 1001"
 *     [workspace.trusted]
 *     ".muse/config.toml" = "sha256:…"
 *
 * What a newer program adds stays.
 */
const FILE = 'workspaces.toml'
const HEADER = '# Written by muse-coord: what it was told, or has learnt, of the workspaces of this machine.\n\n'
const MAX_BYTES = 1024 * 1024
/** Beyond that many, those are forgotten whose store is gone: temporary ones would fill the file in the end. */
const MANY = 1000

const UNKNOWN: KnownWorkspace = { hub: null, space: null, ownership: null, trusted: {} }

/** Of a store that nobody has said anything about, and where there is no home directory, nothing is known. */
export function knownWorkspace(env: Environment, root: string): KnownWorkspace {
  const home = identityPaths(env)?.muse
  if (home === undefined) return UNKNOWN
  return known(readTables(home).find((table) => isAbout(table, root)))
}

/** Changes what is known of a store and leaves the rest of the file as it is. Throws `HOME_UNKNOWN` without a home directory. */
export function changeKnownWorkspace(env: Environment, root: string, change: Partial<KnownWorkspace>): void {
  const home = identityPaths(env)?.muse
  if (home === undefined) throw coordError('HOME_UNKNOWN')
  withProcessLockSync(home, `${FILE}.lock`, () => {
    const all = readTables(home)
    const tables = all.length < MANY ? all : all.filter(isStillThere)
    const table = tables.find((one) => isAbout(one, root)) ?? { path: root, machine: thisMachine() }
    if (!tables.includes(table)) tables.push(table)
    for (const [key, value] of Object.entries(change)) {
      if (value === null || (isJsonObject(value) && Object.keys(value).length === 0)) delete table[key]
      else table[key] = value
    }
    home.write(FILE, HEADER + stringify({ workspace: tables }), { fsync: true })
  })
}

type Table = Record<string, unknown>

function readTables(home: Folder): Table[] {
  const path = home.pathOf(FILE)
  const reading = home.read(FILE, MAX_BYTES)
  if ('fault' in reading) {
    if (reading.isMissing) return []
    throw coordError('WORKSPACES_INVALID', path, `it ${reading.fault}`)
  }
  assertOnlyOwnerWrites(path, 'the file')
  let tables: unknown
  try {
    tables = parse(reading.text).workspace ?? []
  } catch (error) {
    throw coordError('WORKSPACES_INVALID', path, problemOf(error).split('\n', 1)[0] ?? '')
  }
  if (!Array.isArray(tables) || !tables.every(isJsonObject)) {
    throw coordError('WORKSPACES_INVALID', path, 'each store must be a table, [[workspace]]')
  }
  return tables
}

function isAbout({ path, machine }: Table, root: string): boolean {
  return path === root && machine === thisMachine()
}

function isStillThere({ path, machine }: Table): boolean {
  return machine !== thisMachine() || typeof path !== 'string' || lookAt(path) !== null
}

function known(table: Table | undefined): KnownWorkspace {
  if (table === undefined) return UNKNOWN
  const { hub, space, ownership, trusted } = table
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const hashes = isJsonObject(trusted) ? Object.entries(trusted) : []
  return {
    hub: text(hub),
    space: text(space),
    ownership: text(ownership),
    trusted: Object.fromEntries(hashes.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  }
}

function thisMachine(): string {
  return machineId() ?? nodeOs().hostname()
}
