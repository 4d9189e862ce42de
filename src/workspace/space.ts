import { pinOf } from '../auth/pins.js'
import type { DeviceInvitation } from '../hub-client/handle-view.js'
import type {
  InvitationView,
  InvitationWish,
  MemberView,
  RuleView,
  SpaceLog,
  SpaceView,
} from '../hub-client/space-view.js'
import { type InvitationLine, invitationLine } from '../record/invitation-line.js'
import type { Role, Visibility } from '../record/protocol.js'
import type { MergeRule } from '../record/record.js'
import { connect } from './connect.js'
import type { Session } from './session.js'
import { resolveSpace } from './target.js'

/** The session's space as its hub shows it. */
export async function showSpace(session: Session): Promise<SpaceView> {
  const target = resolveSpace(session)
  return (await connect(session, target)).space(target.owner, target.slug)
}

/** Changes who may read the session's space, and makes it where there is none. */
export async function setVisibility(session: Session, visibility: Visibility): Promise<SpaceView> {
  const target = resolveSpace(session)
  return (await connect(session, target, true)).setVisibility(target.owner, target.slug, visibility)
}

/** Gives a handle a role in the session's space; `null` takes it. */
export async function setRole(session: Session, handle: string, role: Role | null): Promise<MemberView> {
  const target = resolveSpace(session)
  return (await connect(session, target, true)).setRole(target.owner, target.slug, handle, role)
}

export interface SpaceInvitation extends InvitationView {
  /** What is typed on the other machine: the words of a command. */
  line: string
}

/**
 * Makes an invitation into the session's space, and the space where there is none. Where this machine knows the hub's
 * certificate by a pin, the line brings it along.
 */
export async function inviteToSpace(session: Session, wish: InvitationWish): Promise<SpaceInvitation> {
  const target = resolveSpace(session)
  const made = await (await connect(session, target, true)).invite(target.owner, target.slug, wish)
  return { line: joinCommand(session, { ...target, code: made.code, handle: null }), ...made }
}

export interface InvitedDevice extends DeviceInvitation {
  /** What is typed on the other machine: the words of a command. */
  line: string
}

/**
 * Invites another machine of the one who signs: there a key of its own signs under the same handle. It may do what the handle may,
 * in all spaces, so the line is for nobody else; the space is the one that the other machine is set up for.
 */
export async function inviteDevice(session: Session, expiresInSeconds: number): Promise<InvitedDevice> {
  const target = resolveSpace(session)
  const client = await connect(session, target, true)
  // The other machine fetches what is there: where that is nothing, whoever holds the line would be let in and told of a fault.
  await client.space(target.owner, target.slug)
  const made = await client.inviteDevice(expiresInSeconds)
  return { line: joinCommand(session, { ...target, ...made }), ...made }
}

/** What is typed on another machine. Where this one knows the hub's certificate by its fingerprint, that goes along. */
export function joinCommand(session: Session, invitation: Omit<InvitationLine, 'pin'>): string {
  const { hub } = invitation
  const pin = hub.origin.startsWith('https:') ? pinOf(session.env, hub) : null
  return `muse-coord join ${invitationLine({ ...invitation, pin })}`
}

/** Fixes the merge rule that a kind has in the session's space, whatever a push has declared. */
export async function setRule(session: Session, kind: string, merge: MergeRule): Promise<RuleView> {
  const target = resolveSpace(session)
  return (await connect(session, target, true)).setRule(target.owner, target.slug, kind, merge)
}

/** What was done to the session's space, the latest first; its owner alone may see it. @param limit 1 to 1,000 */
export async function readSpaceLog(session: Session, limit = 100): Promise<SpaceLog> {
  const target = resolveSpace(session)
  return (await connect(session, target, true)).log(target.owner, target.slug, limit)
}
