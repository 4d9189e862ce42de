import { MAX_PAYLOAD_BYTES } from '../record/record.js'
import type { Repo } from './repo.js'

/**
 * Removes the file of a record that still holds what the caller has seen of it, and no other: another process may have written
 * into its place meanwhile. Whether it is gone by this.
 *
 * @param file its path
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function removeAsSeen({ coordination }: Repo, file: string, payload: object): boolean {
  const content = JSON.stringify(payload)
  return coordination.removeIf(coordination.nameOf(file), MAX_PAYLOAD_BYTES, (text) => holds(text, content))
}

/** Whether a file holds this payload, however it is indented. */
function holds(text: string, content: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === content
  } catch {
    return false
  }
}
