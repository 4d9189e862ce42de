import { coordError } from '../../base/errors.js'
import type { StoreAnswer } from './store.js'

/** The answer to a push. Throws `SIGNATURE_USED` where there is none, because its signature has acted before. */
export function unlessPlayed(answer: StoreAnswer | null): StoreAnswer {
  if (answer === null) throw coordError('SIGNATURE_USED')
  return answer
}
