import { asCoordError } from '../base/errors.js'
import { changeKnownWorkspace, knownWorkspace } from './known-workspaces.js'
import type { Session } from './session.js'
import { answeredSpaces } from './state/known-spaces.js'
import type { SpaceTarget } from './target.js'

/** A hub that a store was in step with, whatever its settings say now. */
export interface FormerHub {
  /** Its address. */
  readonly hub: string
  /** `owner/slug` */
  readonly space: string
}

/**
 * The hub that a session's store was in step with on this machine; `null`: none, or the user said that it has none any more.
 * Its settings may be gone by now, with another branch or a variable that is missing, while the others go on with the hub.
 *
 * @throws `WORKSPACES_INVALID`, `FILE_FAILED`: what cannot be read is not known to say no
 */
export function formerHub(session: Pick<Session, 'env' | 'workspace'>): FormerHub | null {
  const { repo } = session.workspace
  const { hub, space } = knownWorkspace(session.env, repo.root)
  if (hub === '') return null
  if (hub !== null) return { hub, space: space ?? '' }
  // What lies in the store itself is older, and goes with its state.
  const [synced] = answeredSpaces(repo)
  return synced === undefined ? null : { hub: synced.hub, space: `${synced.owner}/${synced.slug}` }
}

/** The stores that this process has noted with their hub: `sync watch` asks every moment. */
const noted = new Set<string>()

/** Notes that a hub has answered for a store. What was asked of the hub is done, so a failure is said and nothing else. */
export function noteHub(session: Session, root: string, { hub, owner, slug }: SpaceTarget): void {
  if (!(session.env.HOME || session.env.USERPROFILE)) return
  const space = `${owner}/${slug}`
  const key = JSON.stringify([session.env.HOME, root, hub.base, space])
  if (noted.has(key)) return
  try {
    const known = knownWorkspace(session.env, root)
    if (known.hub !== hub.base || known.space !== space) {
      changeKnownWorkspace(session.env, root, { hub: hub.base, space })
    }
    noted.add(key)
  } catch (error) {
    session.note(`⚠️  that this workspace syncs with ${hub.base} could not be noted: ${asCoordError(error).message}`)
  }
}
