import { CoordError, problemOf } from '../base/errors.js'
import type { Kind } from './kind.js'

/** What is said of a kind whose own code has thrown: the kind, the callback, and the first line of the message. */
export function kindFault(kind: Kind, callback: keyof Kind, thrown: unknown): string {
  if (thrown instanceof CoordError && thrown.code === 'KIND_FAILED') return thrown.message
  const [firstLine] = problemOf(thrown).trim().split('\n', 1)
  return `${callback} of "${kind.name}" failed: ${firstLine}`
}
