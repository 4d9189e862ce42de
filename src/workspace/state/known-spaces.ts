import fs from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../../base/errors.js'
import { readText } from '../../files/read-text.js'
import { isJsonObject } from '../../record/record.js'
import type { Repo } from '../repo.js'
import type { SpaceAddress } from './space-address.js'
import { MAX_STATE_BYTES } from './state-document.js'

/** The spaces that this workspace has ever synced with, in no order. Throws `FILE_FAILED`. */
export function knownSpaces(repo: Repo): readonly SpaceAddress[] {
  const directory = join(repo.coordinationDirectory, '.sync')
  let names: string[]
  try {
    names = fs.readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fileError(directory, error)
  }
  return names.flatMap((name) => {
    const reading = readText(join(directory, name, 'state.json'), { maxBytes: MAX_STATE_BYTES })
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
