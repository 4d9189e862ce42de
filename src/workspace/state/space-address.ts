import { nodeCrypto } from '../../base/node-crypto.js'

/** A space on a hub. */
export interface SpaceAddress {
  /** `HubUrl.base` */
  readonly hub: string
  readonly owner: string
  readonly slug: string
}

const MAX_DIRECTORY_NAME = 200

/**
 * What the directory of a space's state is called. One name a space, also where a file system does not tell `Bob` from `bob`.
 * The hash is for those that no directory can be called after, because node:crypto takes its time to load.
 */
export function spaceDirectoryName({ hub, owner, slug }: SpaceAddress): string {
  const address = `${hub}/${owner}/${slug}`
  const name = address.replace(/[^a-z0-9.-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return name.length <= MAX_DIRECTORY_NAME ? name : nodeCrypto().createHash('sha256').update(address).digest('hex')
}
