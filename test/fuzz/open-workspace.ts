import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { openSession } from '../../src/open-session.js'
import type { Session } from '../../src/workspace/session.js'
import { giveIdentity } from '../support/give-identity.js'

export interface FuzzedWorkspace {
  readonly session: Session
  /** The top of the working tree. */
  readonly root: string
  /** `.muse/coordination` */
  readonly coordination: string
}

/** A home with an identity and a repository with a store, in `repo` of a directory. */
export async function openWorkspace(directory: string, hub?: string): Promise<FuzzedWorkspace> {
  const [home, root] = ['home', 'repo'].map((name) => path.join(directory, name)) as [string, string]
  const coordination = path.join(root, '.muse', 'coordination')
  for (const folder of [home, coordination]) fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(
    path.join(root, '.muse', 'config.toml'),
    `${hub === undefined ? '' : `[hub]\nurl = "${hub}"\n`}[coord]\nowner = "ow"\nslug = "sp"\n`,
  )
  const env = { HOME: home, PATH: process.env.PATH ?? '' }
  if (hub !== undefined) giveIdentity(env, hub, { handle: 'ow', privateKey: generateKeyPairSync('ed25519').privateKey })
  return { session: await openSession({ directory: root, env }), root, coordination }
}
