import { basename } from 'node:path'
import { firstOwner, forgetFirstOwner } from '../auth/first-owner.js'
import { pinOf } from '../auth/pins.js'
import { coordError } from '../base/errors.js'
import { invitationLine } from '../record/invitation-line.js'
import { isSpaceName } from '../record/record.js'
import { readConfig } from '../workspace/config.js'
import { repoOrNull } from '../workspace/repo.js'
import type { Session } from '../workspace/session.js'
import { hubGiven } from '../workspace/space-choice.js'
import { areSettingsTracked } from '../workspace/tracked-records.js'
import { findWorkingTree } from '../workspace/working-tree.js'
import { handleFor, type Joined, join } from './join.js'

/**
 * Has this user be the first owner of the hub that was begun last on this machine, of those that register nobody by themselves:
 * `hub serve` has kept how. Makes the space of this repository there; by its settings, else by the handle and the directory's name.
 *
 * @throws `NO_OWN_HUB`, and as {@link join}
 */
export async function joinOwnHub(session: Session, handle?: string): Promise<Joined> {
  const kept = firstOwner(session.env, session.clock.now())
  if (kept === null) throw coordError('NO_OWN_HUB')
  const { hub, code } = kept
  const { owner, slug } = spaceOf(session, handle)
  const line = invitationLine({
    hub,
    owner,
    slug,
    code,
    handle: null,
    pin: hub.base.startsWith('https:') ? pinOf(session.env, hub) : null,
  })
  const joined = await join(session, { line, handle: owner })
  forgetFirstOwner(session.env, hub)
  return joined
}

/** Whether the session names no hub, and one of this machine waits for its first owner. */
export function isForOwnHub({ space, env, directory, storage, clock }: Session): boolean {
  const repo = repoOrNull(directory, env, storage)
  return hubGiven(space, env, repo && readConfig(repo)) === '' && firstOwner(env, clock.now()) !== null
}

/** Its owner is who signs. A name that git tracks may be anybody's choice, so it names no handle of this user. */
function spaceOf(session: Session, wanted: string | undefined): { owner: string; slug: string } {
  const { space, env, directory, storage } = session
  const repo = repoOrNull(directory, env, storage)
  const config = repo && readConfig(repo)
  const isOwnWord = repo !== null && areSettingsTracked(repo) === false
  const given = space.owner ?? (env.MUSE_COORD_OWNER || (isOwnWord ? config?.owner : undefined) || undefined)
  const top = repo?.root ?? findWorkingTree(directory)?.top ?? directory
  const named = basename(top)
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
  const slug = space.slug ?? (env.MUSE_COORD_SLUG || config?.slug || (isSpaceName(named) ? named : 'main'))
  return { owner: handleFor(session, wanted ?? given), slug }
}
