import { isJsonObject } from '../../record/record.js'
import type { Repo } from '../repo.js'
import type { SpaceAddress } from './space-address.js'
import { MAX_STATE_BYTES, STATE_FILE } from './state-document.js'

/** The spaces that this workspace has ever synced with, in no order. */
export function knownSpaces(repo: Repo): readonly SpaceAddress[] {
  return [...repo.sync.names()].flatMap((name) => {
    const reading = repo.sync.in(name).read(STATE_FILE, MAX_STATE_BYTES)
    return 'text' in reading ? spaceIn(reading.text) : []
  })
}

/** A state that is damaged is about no space, and so is every file in that directory that is no state. */
function spaceIn(text: string): SpaceAddress[] {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    return []
  }
  if (!isJsonObject(state)) return []
  const { hub, owner, slug } = state
  return typeof hub === 'string' && typeof owner === 'string' && typeof slug === 'string' ? [{ hub, owner, slug }] : []
}
