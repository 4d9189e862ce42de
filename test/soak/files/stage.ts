import type { KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadIdentity } from '../../../src/auth/identity-file.js'
import { parseHubUrl } from '../../../src/record/hub-url.js'
import { giveIdentity } from '../../support/give-identity.js'
import { type StartedHub, startHub } from '../../support/start-hub.js'
import { SmallDisk } from './small-disk.js'
import { SoakStore } from './soak-store.js'

/** A handle that every stage has. */
export const OWNER = 'gabriel'

interface Owner {
  readonly handle: string
  readonly privateKey: KeyObject
}

export interface StoreWishes {
  readonly hasHub?: boolean | undefined
  /** Its handle is nobody else's: the key may be replaced. */
  readonly ownsKey?: boolean | undefined
  /** Where it lies; the stage's own directory when left out. */
  readonly disk?: SmallDisk | undefined
}

/** A hub, and a temporary directory in which stores are made, some for each round. */
export class Stage {
  readonly #directory = realpathSync(mkdtempSync(join(tmpdir(), 'muse-files-')))
  readonly #hub: StartedHub
  readonly #owner: Owner
  readonly #disks: SmallDisk[] = []
  #count = 0

  static async open(): Promise<Stage> {
    const hub = await startHub()
    return new Stage(hub, { ...(await hub.register(OWNER)), handle: OWNER })
  }

  private constructor(hub: StartedHub, owner: Owner) {
    this.#hub = hub
    this.#owner = owner
  }

  /** Makes a store that has a space of its own. */
  async makeStore({ hasHub = false, ownsKey = false, disk }: StoreWishes): Promise<SoakStore> {
    const handle = `${OWNER}-${++this.#count}`
    const owner = ownsKey ? { ...(await this.#hub.register(handle)), handle } : this.#owner
    return this.#make({ hub: hasHub ? this.#hub.url : null, owner, slug: `space-${this.#count}`, disk })
  }

  /** Makes the store of another machine, of the same user and space. */
  makeOther({ hub, env, slug }: SoakStore): SoakStore {
    const owner = hub === null ? this.#owner : loadIdentity(env, parseHubUrl(hub))
    if (owner === null) throw new Error('nobody signs there any more')
    return this.#make({ hub, owner, slug })
  }

  /** @returns why there is none, where none can be made */
  makeDisk(): SmallDisk | { readonly reason: string } {
    const disk = SmallDisk.mount(join(this.#directory, `disk-${++this.#count}`))
    if (disk instanceof SmallDisk) this.#disks.push(disk)
    return disk
  }

  #make(wishes: { hub: string | null; owner: Owner; slug: string; disk?: SmallDisk | undefined }): SoakStore {
    const { hub, owner, slug, disk } = wishes
    const directory = join(disk?.directory ?? this.#directory, `${++this.#count}`)
    // What Node has compiled of the program is shared, and no part of a round.
    const env = {
      HOME: join(directory, 'home'),
      PATH: process.env.PATH ?? '',
      XDG_CACHE_HOME: join(this.#directory, 'cache'),
    }
    const root = join(directory, 'repo')
    mkdirSync(env.HOME, { recursive: true })
    mkdirSync(join(root, '.muse', 'coordination'), { recursive: true })
    const settings = hub === null ? '' : `[hub]\nurl = "${hub}"\n`
    writeFileSync(
      join(root, '.muse', 'config.toml'),
      `${settings}[coord]\nowner = "${owner.handle}"\nslug = "${slug}"\n`,
    )
    if (hub !== null) giveIdentity(env, hub, owner)
    return new SoakStore({ directory, root, env, slug, hub })
  }

  async close(): Promise<void> {
    await this.#hub.close()
    for (const disk of this.#disks) disk.unmount()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
