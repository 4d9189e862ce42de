import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../base/clock.js'
import { createContainer } from '../container.js'
import { startHub } from '../hub/start-hub.js'
import type { AnyPlugin } from '../kinds/define-plugin.js'
import { registryOf } from '../kinds/registry.js'
import { openSession } from '../open-session.js'
import { keygen, register } from '../workspace/identities.js'
import { repoAt } from '../workspace/repo.js'
import type { Session } from '../workspace/session.js'

const CENTURY_SECONDS = 100 * 366 * 24 * 3600

/** Two workspaces of one space, and a real hub between them. */
export interface TwoMachines {
  readonly first: Session
  readonly second: Session
  /** Stops the hub and removes everything. */
  close(): Promise<void>
}

/** Sets up a hub on a free port of the loopback, an identity, and two empty workspaces, all in a temporary place. */
export async function openTwoMachines(plugins: readonly AnyPlugin[], clock: Clock = systemClock): Promise<TwoMachines> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-'))
  const container = await createContainer({ plugins, clock })
  const rules = new Map(registryOf(container).all.map((kind) => [kind.name, kind.merge]))
  // Samples may name ends that lie further ahead than hubs grant a lease.
  const limits = { leaseSeconds: CENTURY_SECONDS }
  const hub = await startHub({ store: join(directory, 'hub'), rules, clock, limits })
  const env = { HOME: join(directory, 'home') }
  mkdirSync(env.HOME)
  const open = (name: string) => {
    const root = join(directory, name)
    mkdirSync(repoAt(root).coordinationDirectory, { recursive: true })
    return openSession({ container, directory: root, env, hub: hub.url, owner: 'tester', slug: 'space' })
  }
  const [first, second] = [await open('first'), await open('second')]
  keygen(first, { handle: 'tester', type: 'agent' })
  await register(first)
  return {
    first,
    second,
    async close() {
      await hub.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
