import { coordError } from '../../base/errors.js'
import { toWire } from '../../record/wire.js'
import { recordJson } from '../record-json.js'
import type { StoreRecord } from '../stores/record-store.js'
import type { Space } from '../stores/space-directory.js'
import type { Store } from '../stores/store.js'
import type { SpaceFrame, StoreArchive } from '../stores/store-upkeep.js'

/** The version of the format that these lines are in. */
export const ARCHIVE_VERSION = 1

/**
 * A hub's spaces as lines of JSON, ids and epoch kept:
 *
 *     {"muse_coord_archive": 1, "epoch", "hub_secret"}                the last one only with everything, for it makes a hub that hub
 *     {"identity": {"handle", "fingerprint", "public_key", "type"}}   each that owns, joined or wrote; with further keys "devices":
 *                                                                     [{"fingerprint", "public_key", "label", "added_at"}]
 *     {"space": {"owner", "slug"}}, then {"records": […]} …, then {"frame": {…}}, for each space
 *     {"end": <number of spaces>}
 *
 * @param only `owner/slug`; `null`: all spaces and all identities
 */
export async function* exportHub(store: Store, only: string | null): AsyncGenerator<string> {
  const { archive, epoch } = store
  if (archive === undefined) throw coordError('ARCHIVE_UNSUPPORTED')
  const spaces = (await archive.spaces()).filter(({ owner, slug }) => only === null || `${owner}/${slug}` === only)
  if (only !== null && spaces.length === 0) throw coordError('NO_SUCH_THING', `space ${only}`)
  // Whoever is given one space is not given what would have clients take them for the hub.
  const secret = only === null ? await store.hubSecret() : null
  yield JSON.stringify({ muse_coord_archive: ARCHIVE_VERSION, epoch, ...(secret !== null && { hub_secret: secret }) })
  for (const identity of await archive.identities()) {
    const devices = (await store.keys(identity.handle)).filter(({ addedAt }) => addedAt !== 0)
    yield JSON.stringify(toWire({ identity: { ...identity, ...(devices.length > 0 && { devices }) } }))
  }
  for (const space of spaces) yield* exportSpace(archive, space)
  yield JSON.stringify({ end: spaces.length })
}

async function* exportSpace(archive: StoreArchive, space: Space): AsyncGenerator<string> {
  const { owner, slug } = space
  yield JSON.stringify({ space: { owner, slug } })
  const pages = archive.exportSpace(space)
  for (;;) {
    const { value, done } = await pages.next()
    if (done) {
      yield JSON.stringify({ frame: frameJson(value as SpaceFrame) })
      return
    }
    yield `{"records":[${(value as readonly StoreRecord[]).map(recordJson).join(',')}]}`
  }
}

/** Names of kinds and handles are keys here, and stay as they are. */
function frameJson({ visibility, lastId, floorId, tokenFloor, rules, members, positions = [] }: SpaceFrame): object {
  return {
    ...toWire({ visibility, lastId, floorId, tokenFloor }),
    rules: Object.fromEntries(rules),
    members: Object.fromEntries(members),
    positions: positions.map(({ id, nonce }) => [id, nonce]),
  }
}
