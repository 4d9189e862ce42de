import { randomHex } from '../../base/node-crypto.js'
import { isJsonObject } from '../../record/record.js'
import type { SpaceAddress } from './space-address.js'

/** What `state.json` holds beside the address. */
export interface StateDocument {
  /** Random, new with each `SyncState.forget`: the logs beside the file carry it too. */
  readonly generation: string
  readonly epoch: string | null
  /** Whether its hub has ever answered; `null`: written by a program that did not tell. */
  readonly hasAnswered: boolean | null
  /** The highest id that the hub is known to have given out. */
  readonly lastId: number
  /** The highest id that the hub's retention had removed when it was last asked. */
  readonly floorId: number
  readonly cursors: Readonly<Record<string, number>>
  /** What the hub announced that it can do, when it answered last. */
  readonly features: readonly string[]
  /** By kind, what its directory under `remote/` was when the last pull had ended. */
  readonly remote: Readonly<Record<string, RemoteDirectory>>
}

/** What tells a directory of pulled records that has lost some. */
export interface RemoteDirectory {
  /** Changes when a name comes, goes or is replaced; `null`: there is no such directory. */
  readonly signature: string | null
  readonly files: number
}

/** In the folder of a space. */
export const STATE_FILE = 'state.json'
export const MAX_STATE_BYTES = 4 * 1024 * 1024

/** Nothing is known. */
export function blankState(): StateDocument {
  return {
    ...{ generation: randomHex(8), epoch: null, hasAnswered: false },
    ...{ lastId: 0, floorId: 0, cursors: {}, features: [], remote: {} },
  }
}

/** What the text of `state.json` tells of a space; `null` where it is damaged, or about another one. */
export function parseState(text: string, space: SpaceAddress): StateDocument | null {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return null
  }
  if (!isJsonObject(document) || document.schema_version !== '1') return null
  const {
    hub,
    owner,
    slug,
    generation,
    epoch,
    has_answered: hasAnswered,
    last_id: lastId,
    floor_id: floorId,
    cursors,
    features,
    remote,
  } = document
  if (hub !== space.hub || owner !== space.owner || slug !== space.slug) return null
  if (typeof generation !== 'string' || !/^[0-9a-f]{16}$/.test(generation)) return null
  if ((epoch !== null && typeof epoch !== 'string') || !isId(lastId) || !isId(floorId)) return null
  if (!isJsonObject(cursors) || !Object.values(cursors).every(isId)) return null
  return {
    ...{ generation, epoch, lastId, floorId, cursors: cursors as Record<string, number> },
    hasAnswered: typeof hasAnswered === 'boolean' ? hasAnswered : null,
    features: Array.isArray(features) ? features.filter((feature) => typeof feature === 'string') : [],
    remote: parseRemote(remote),
  }
}

/** The text of `state.json`. */
export function stateText(
  { generation, epoch, hasAnswered, lastId, floorId, cursors, features, remote }: StateDocument,
  space: SpaceAddress,
): string {
  const document = {
    schema_version: '1',
    ...space,
    generation,
    epoch,
    ...(hasAnswered !== null && { has_answered: hasAnswered }),
    last_id: lastId,
    floor_id: floorId,
    cursors,
    features,
    remote,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** The cursor of a kind, which may be called `constructor`; 0 where there is none. */
export function cursorIn(cursors: Readonly<Record<string, number>>, kind: string): number {
  return Object.hasOwn(cursors, kind) ? (cursors[kind] ?? 0) : 0
}

/** What is not told is found out by the next pull. */
function parseRemote(value: unknown): Record<string, RemoteDirectory> {
  const kinds = isJsonObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    kinds.flatMap(([kind, directory]): [string, RemoteDirectory][] => {
      if (!isJsonObject(directory) || !isId(directory.files)) return []
      const { signature, files } = directory
      return signature === null || typeof signature === 'string' ? [[kind, { signature, files }]] : []
    }),
  )
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
