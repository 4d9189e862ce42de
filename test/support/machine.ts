import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Plugin } from '../../src/kinds/kind.js'
import { openSession } from '../../src/open-session.js'
import { type PullOptions, type PullResult, pull } from '../../src/sync/pull/pull.js'
import { type PushOptions, type PushResult, push } from '../../src/sync/push/push.js'
import type { Session, SessionFields } from '../../src/workspace/session.js'
import { giveIdentity } from './give-identity.js'
import { temporaryDirectory } from './temporary-directory.js'

export interface MachineOptions {
  /** The hub's address; without one the settings name none. */
  hub?: string
  owner?: string
  slug?: string
  /** Who signs; `null`: nobody. Left out: `gabriel`, with a key that no hub knows. */
  signer?: { readonly handle: string; readonly privateKey: KeyObject } | null
  plugins?: readonly (string | Plugin)[]
}

/** One for all: each process would compile the program anew, and keep that. */
const CACHE = path.join(os.tmpdir(), 'muse-coord-cache')

type SessionChange = Partial<Omit<SessionFields, 'container'>>

/** A machine of the swarm: a home directory with an identity, and a repository, all in a temporary place. */
export interface Machine {
  /** The repository's root. */
  readonly root: string
  readonly home: string
  /** `.muse/coordination` */
  readonly coordination: string
  readonly env: Readonly<Record<string, string>>
  readonly session: Session
  /** What a session says may be said as well, for this one push. */
  push(options?: PushOptions & SessionChange): Promise<PushResult>
  pull(options?: PullOptions & SessionChange): Promise<PullResult>
  /** Writes files under `.muse/coordination/`, as another program would; what is no text becomes JSON. */
  write(files: Readonly<Record<string, unknown>>): void
  /** The names of what was pulled, sorted: `reservation/r1`. */
  pulled(): string[]
  /** A pulled record, as it stands in its file. */
  record(name: string): Record<string, unknown>
  /** Every path below the root, sorted, but for the sync state. */
  everything(): string[]
  /** Deletes what this machine knows of hubs. */
  forget(): void
}

export async function createMachine(options: MachineOptions = {}): Promise<Machine> {
  const { hub, owner = 'gabriel', slug = 'muse', plugins = [] } = options
  const place = temporaryDirectory()
  const home = path.join(place, 'home')
  const root = path.join(place, 'repo')
  const coordination = path.join(root, '.muse', 'coordination')
  fs.mkdirSync(home)
  fs.mkdirSync(coordination, { recursive: true })
  const hubSection = hub === undefined ? '' : `[hub]\nurl = "${hub}"\n`
  fs.writeFileSync(
    path.join(root, '.muse', 'config.toml'),
    `${hubSection}[coord]\nowner = "${owner}"\nslug = "${slug}"\n`,
  )
  const env = { HOME: home, PATH: process.env.PATH ?? '', XDG_CACHE_HOME: CACHE }
  fs.mkdirSync(CACHE, { recursive: true })
  if (hub !== undefined && options.signer !== null) giveIdentity(env, hub, options.signer ?? stranger())
  const session = await openSession({ plugins, directory: root, env })
  return {
    root,
    home,
    coordination,
    env,
    session,
    push: (options = {}) => push(changed(session, options), options),
    pull: (options = {}) => pull(changed(session, options), options),
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(coordination, name)
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(
          file,
          typeof content === 'string' || Buffer.isBuffer(content) ? content : `${JSON.stringify(content)}\n`,
        )
      }
    },
    pulled: () =>
      pathsIn(path.join(coordination, 'remote'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length)),
    record: (name) => JSON.parse(fs.readFileSync(path.join(coordination, 'remote', `${name}.json`), 'utf8')),
    everything: () => pathsIn(root).filter((name) => !name.includes('.sync')),
    forget: () => fs.rmSync(path.join(coordination, '.sync'), { recursive: true, force: true }),
  }
}

/** The session with what of these options is a session's. */
function changed(
  session: Session,
  { hub, owner, slug, directory, env, signal, timeoutSeconds }: SessionChange,
): Session {
  const fields = Object.entries({ hub, owner, slug, directory, env, signal, timeoutSeconds })
  return session.with(Object.fromEntries(fields.filter(([, value]) => value !== undefined)))
}

function stranger() {
  return { handle: 'gabriel', privateKey: generateKeyPairSync('ed25519').privateKey }
}

function pathsIn(directory: string): string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort() : []
}
