import { coordError } from '../base/errors.js'
import { readConfig } from './config.js'
import { formerHub } from './former-hub.js'
import type { Session } from './session.js'
import { hubGiven } from './space-choice.js'

/**
 * The hub that decides what runs of this store have alone: `given`, or one that the store had and nothing names now; `null`:
 * none. For everybody else a former one goes on deciding: to decide here would make two holders.
 *
 * @param isAsked whether it will have to be asked
 * @throws `HUB_FORGOTTEN` where it has to be asked and nothing names it
 */
export function hubOfStore(session: Session, isAsked: boolean): 'given' | 'former' | null {
  if (hubGiven(session.space, session.env, readConfig(session.workspace.repo)) !== '') return 'given'
  const former = formerHub(session)
  if (former === null || !isAsked) return former && 'former'
  const [owner, slug] = former.space.split('/')
  throw coordError('HUB_FORGOTTEN', former.hub, `--hub ${former.hub} --owner ${owner} --slug ${slug}`)
}
