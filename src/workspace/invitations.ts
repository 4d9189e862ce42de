import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { GivenInvitation } from '../hub-client/space-view.js'
import { connect } from './connect.js'
import { identityAt } from './identities.js'
import { LEAST_PREFIX } from './keys.js'
import type { Session } from './session.js'
import { resolveSpace, type SpaceTarget } from './target.js'

/** An invitation that was given out and can still be used. */
export interface ListedInvitation extends GivenInvitation {
  /** The session's space, or a further machine under the handle that signs. */
  readonly into: 'space' | 'device'
}

export interface ListedInvitations {
  readonly owner: string
  readonly slug: string
  /** Those into the space, for its owner alone, and those of further machines of the one who signs. */
  readonly invitations: readonly ListedInvitation[]
}

/** What was given out to join the session's space, or as a further machine of the one who signs, and can still be used. */
export async function listInvitations(session: Session): Promise<ListedInvitations> {
  const target = resolveSpace(session)
  const client = await connect(session, target, true)
  const isOwner = (await identityAt(session, target.hub)).handle === target.owner
  const [own, devices] = [isOwner ? await client.invites(target) : [], await client.invites(null)]
  const invitations = [
    ...own.map((one) => ({ ...one, into: 'space' as const })),
    ...devices.map((one) => ({ ...one, into: 'device' as const })),
  ]
  return { owner: target.owner, slug: target.slug, invitations }
}

/**
 * Takes an invitation back: nobody joins by its line any more. Who has joined by it stays.
 *
 * @param which its id or the beginning of it, eight letters at least
 * @throws `INVITE_UNKNOWN` where it is none of {@link listInvitations}, or several
 */
export async function takeInvitationBack(session: Session, which: string): Promise<ListedInvitation> {
  const { invitations } = await listInvitations(session)
  const meant = invitations.filter(({ id }) => which.length >= LEAST_PREFIX && id.startsWith(which))
  const [one] = meant
  if (one === undefined || meant.length > 1) throw coordError('INVITE_UNKNOWN', quote(which), meant.length)
  const target: SpaceTarget = resolveSpace(session)
  await (await connect(session, target, true)).removeInvite(one.into === 'space' ? target : null, one.id)
  return one
}
