import { randomBytes } from 'node:crypto'
import { coordError } from '../../base/errors.js'
import {
  POSITIONS_KEPT,
  type Position,
  type PositionsVerdict,
  type StoreAnswer,
  type StorePush,
} from './record-store.js'
import type { SpaceFrame } from './store-upkeep.js'

/** How often what is too old is removed: once in so many ids. */
const STRIDE = 1_000

/** What a store has of a space, for those who ask after positions. */
export interface KnownPositions {
  /** Where the space ends. */
  readonly lastId: number
  /** The oldest position that is kept; `null`: none is. */
  readonly firstId: number | null
  /** Those that are kept among the ids asked for. */
  readonly found: readonly Position[]
}

/**
 * Whether positions that a store has told are of the history that it has now. `lost`: one is not, so the store was set back since.
 * `forgotten`: one is too old to be known.
 */
export function judgePositions(known: KnownPositions, positions: readonly Position[]): PositionsVerdict {
  const nonces = new Map(known.found.map(({ id, nonce }) => [id, nonce]))
  let verdict: PositionsVerdict = 'stand'
  for (const { id, nonce } of positions) {
    if (nonces.get(id) === nonce) continue
    const isTooOld = id <= known.lastId && (known.firstId === null || id < known.firstId)
    if (!isTooOld) return 'lost'
    verdict = 'forgotten'
  }
  return verdict
}

/**
 * The same for what pushes have seen, each by itself: what was judged, or nothing where a push names none.
 *
 * @throws `STORE_SET_BACK` where one is lost: in such a store nothing is to be written
 */
export function judgeSeen(
  pushes: readonly StorePush[],
  judge: (positions: readonly Position[]) => PositionsVerdict,
): Pick<StoreAnswer, 'seen'>[] {
  return pushes.map(({ seen = [] }) => {
    if (seen.length === 0) return {}
    const verdict = judge(seen)
    if (verdict === 'lost') throw coordError('STORE_SET_BACK')
    return { seen: verdict }
  })
}

/**
 * The name of a commit. The time is part of it: a machine that is set back together with its memory may draw the same random
 * numbers a second time.
 *
 * @param now milliseconds since 1970
 */
export function newNonce(now: number): string {
  return now.toString(36) + randomBytes(8).toString('hex')
}

/** Positions up to this id are to be removed with a commit that moves the end of a space; `null`: none now. */
export function forgettableTo(lastIdBefore: number, lastId: number): number | null {
  const isDue = Math.floor(lastId / STRIDE) > Math.floor(lastIdBefore / STRIDE)
  return isDue && lastId > POSITIONS_KEPT ? lastId - POSITIONS_KEPT : null
}

/** The positions of a space that is imported. Where its end has none, that gets one: its next readers are to know where they were. */
export function positionsOf({ lastId, positions = [] }: Pick<SpaceFrame, 'lastId' | 'positions'>): readonly Position[] {
  if (lastId === 0 || positions.at(-1)?.id === lastId) return positions
  return [...positions, { id: lastId, nonce: newNonce(Date.now()) }]
}
