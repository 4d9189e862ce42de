import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DependencyContainer } from 'tsyringe'
import { loadIdentity } from '../auth/identity-file.js'
import { keygen } from '../auth/keygen.js'
import { systemClock } from '../base/clock.js'
import { createContainer } from '../container.js'
import { serveHub } from '../hub/serve-hub.js'
import { register } from '../hub-client/identity/register.js'
import type { Plugin } from '../kinds/kind.js'
import { registryOf } from '../kinds/registry.js'
import { parseHubUrl } from '../record/hub-url.js'
import { type Repo, repoAt } from '../workspace/repo.js'

/** Two workspaces of one space, and a real hub between them. */
export interface TwoMachines {
  readonly container: DependencyContainer
  readonly first: Repo
  readonly second: Repo
  /** For `push` and `pull`: `{ ...place, directory: first.root }`. */
  readonly place: { hub: string; owner: string; slug: string; env: Record<string, string> }
  /** Stops the hub and removes everything. */
  close(): Promise<void>
}

/** Sets up a hub on a free port of the loopback, an identity, and two empty workspaces, all in a temporary place. */
export async function openTwoMachines(plugins: readonly Plugin[]): Promise<TwoMachines> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-'))
  const stop = new AbortController()
  const container = await createContainer({ plugins })
  const { url, served } = await startHub(join(directory, 'hub'), container, stop.signal)
  const env = { HOME: join(directory, 'home') }
  const hub = parseHubUrl(url)
  mkdirSync(env.HOME)
  keygen(env, { hub, handle: 'tester', type: 'agent', force: false })
  const identity = loadIdentity(env, hub)
  if (identity === null) throw new Error('The identity that was just made is not there.')
  await register({ hub, identity, clock: systemClock })
  const [first, second] = ['first', 'second'].map((name) => repoAt(join(directory, name))) as [Repo, Repo]
  for (const { coordinationDirectory } of [first, second]) mkdirSync(coordinationDirectory, { recursive: true })
  return {
    container,
    first,
    second,
    place: { hub: url, owner: 'tester', slug: 'space', env },
    async close() {
      stop.abort()
      await served
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function startHub(store: string, container: DependencyContainer, signal: AbortSignal) {
  return new Promise<{ url: string; served: Promise<void> }>((resolve, reject) => {
    const rules = new Map(registryOf(container).all.map((kind) => [kind.name, kind.merge]))
    const settings = { host: '127.0.0.1', port: 0, registration: 'open', trustedProxies: [] } as const
    const served = serveHub({ ...settings, store, rules, clock: systemClock, signal }, ({ url }) =>
      resolve({ url, served }),
    )
    served.catch(reject)
  })
}
