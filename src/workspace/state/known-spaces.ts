import { isJsonObject, type JsonObject } from '../../record/record.js'
import type { Repo } from '../repo.js'
import type { SpaceAddress } from './space-address.js'
import { MAX_STATE_BYTES, STATE_FILE } from './state-document.js'

/** The spaces that this workspace has ever meant to sync with, in no order. */
export function knownSpaces(repo: Repo): readonly SpaceAddress[] {
  return spacesOf(repo, () => true)
}

/** Those of which it is not known that their hub has never answered: such an address was a slip. */
export function answeredSpaces(repo: Repo): readonly SpaceAddress[] {
  return spacesOf(repo, ({ has_answered: hasAnswered }) => hasAnswered !== false)
}

function spacesOf(repo: Repo, isMeant: (state: JsonObject) => boolean): readonly SpaceAddress[] {
  return [...repo.sync.names()].flatMap((name) => {
    const reading = repo.sync.in(name).read(STATE_FILE, MAX_STATE_BYTES)
    return 'text' in reading ? spaceIn(reading.text, isMeant) : []
  })
}

/** A state that is damaged is about no space, and so is every file in that directory that is no state. */
function spaceIn(text: string, isMeant: (state: JsonObject) => boolean): SpaceAddress[] {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    return []
  }
  if (!isJsonObject(state) || !isMeant(state)) return []
  const { hub, owner, slug } = state
  return typeof hub === 'string' && typeof owner === 'string' && typeof slug === 'string' ? [{ hub, owner, slug }] : []
}
