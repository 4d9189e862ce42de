import type { KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { giveIdentity } from '../../support/give-identity.js'
import { type StartedHub, startHub } from '../../support/start-hub.js'
import { SoakStore } from './soak-store.js'

const OWNER = 'gabriel'

/** A hub, and a temporary directory in which stores are made, some for each round. */
export class Stage {
  readonly #directory = realpathSync(mkdtempSync(join(tmpdir(), 'muse-files-')))
  readonly #hub: StartedHub
  readonly #privateKey: KeyObject
  #count = 0

  static async open(): Promise<Stage> {
    const hub = await startHub()
    const { privateKey } = await hub.register(OWNER)
    return new Stage(hub, privateKey)
  }

  private constructor(hub: StartedHub, privateKey: KeyObject) {
    this.#hub = hub
    this.#privateKey = privateKey
  }

  /** @param slug of the space that it shares with another store; left out: one of its own */
  makeStore(hasHub: boolean, slug = `space-${++this.#count}`): SoakStore {
    const directory = join(this.#directory, `${++this.#count}`)
    // What Node has compiled of the program is shared, and no part of a round.
    const env = {
      HOME: join(directory, 'home'),
      PATH: process.env.PATH ?? '',
      XDG_CACHE_HOME: join(this.#directory, 'cache'),
    }
    const root = join(directory, 'repo')
    mkdirSync(env.HOME, { recursive: true })
    mkdirSync(join(root, '.muse', 'coordination'), { recursive: true })
    const hub = hasHub ? `[hub]\nurl = "${this.#hub.url}"\n` : ''
    writeFileSync(join(root, '.muse', 'config.toml'), `${hub}[coord]\nowner = "${OWNER}"\nslug = "${slug}"\n`)
    if (hasHub) giveIdentity(env, this.#hub.url, { handle: OWNER, privateKey: this.#privateKey })
    return new SoakStore({ directory, root, env, slug, hasHub })
  }

  async close(): Promise<void> {
    await this.#hub.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
