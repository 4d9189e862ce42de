import { resolve } from 'node:path'
import { coordError } from '../base/errors.js'
import { changeKnownWorkspace, knownWorkspace } from './known-workspaces.js'
import { locate } from './locate.js'
import { ownershipFault } from './ownership.js'
import type { Session } from './session.js'

export interface TrustRequest {
  /** `add`: believes the store as it is now; `remove`: asks again; `show`: changes nothing. */
  readonly action: 'add' | 'remove' | 'show'
}

/** What of a store has to be trusted, and what is. */
export interface Trust {
  /** The directory that holds `.muse/`. */
  readonly root: string
  /** Why its owner is not believed without a word, as the rest of a sentence; `null`: there is no reason. */
  readonly ownership: string | null
  /** Whether everything that has to be trusted is. */
  readonly isTrusted: boolean
}

/**
 * Says whether what lies in the session's store is believed, for this user on this machine. What is trusted is what was wrong
 * when it was: another owner has to be trusted anew.
 */
export function trust({ directory, env }: Session, { action }: TrustRequest): Trust {
  const root = locate(directory, env)?.root
  if (root === undefined) throw coordError('NOT_A_REPO', resolve(directory, env.MUSE_REPO_ROOT ?? ''))
  const ownership = ownershipFault(root, env)
  if (action === 'add' && ownership !== null) changeKnownWorkspace(env, root, { ownership })
  if (action === 'remove') changeKnownWorkspace(env, root, { ownership: null, trusted: {} })
  return { root, ownership, isTrusted: ownership === null || knownWorkspace(env, root).ownership === ownership }
}
