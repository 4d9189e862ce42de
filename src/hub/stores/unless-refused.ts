import { coordError } from '../../base/errors.js'
import type { StoreAnswer } from './record-store.js'

/** Why a push does nothing: its signature has acted before, or the key that made it is its author's no more. */
export type PushRefusal = 'played' | 'revoked'

/** The answer to a push. Throws `SIGNATURE_USED` or `SIGNATURE_REFUSED` where it was refused as a whole. */
export function unlessRefused(answer: StoreAnswer | PushRefusal): StoreAnswer {
  if (answer === 'played') throw coordError('SIGNATURE_USED')
  if (answer === 'revoked')
    throw coordError('SIGNATURE_REFUSED', 'the key that made it was rotated or revoked meanwhile.')
  return answer
}
