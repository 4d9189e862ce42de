import { coordError } from '../../base/errors.js'
import type { StoreAnswer, StorePush } from './record-store.js'

/**
 * Why a push does nothing: its signature has acted before, the key that made it is its author's no more, or the author is no
 * member of the space any more who may write.
 */
export type PushRefusal = 'played' | 'revoked' | 'removed'

/** The answer to a push. Throws `SIGNATURE_USED`, `SIGNATURE_REFUSED` or `FORBIDDEN` where it was refused as a whole. */
export function unlessRefused(answer: StoreAnswer | PushRefusal, { author }: StorePush): StoreAnswer {
  if (answer === 'played') throw coordError('SIGNATURE_USED')
  if (answer === 'revoked')
    throw coordError('SIGNATURE_REFUSED', 'the key that made it was rotated or revoked meanwhile.')
  if (answer === 'removed') throw coordError('FORBIDDEN', author, 'write into this space')
  return answer
}
