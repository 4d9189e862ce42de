import type { MemberView, SpaceView } from '../hub-client/hub-client.js'
import type { Role, Visibility } from '../record/protocol.js'
import { connect } from './connect.js'
import type { Session } from './session.js'
import { resolveSpace } from './target.js'

/** The session's space as its hub shows it. */
export function showSpace(session: Session): Promise<SpaceView> {
  const target = resolveSpace(session)
  return connect(session, target).space(target.owner, target.slug)
}

/** Changes who may read the session's space, and makes it where there is none. */
export function setVisibility(session: Session, visibility: Visibility): Promise<SpaceView> {
  const target = resolveSpace(session)
  return connect(session, target, true).setVisibility(target.owner, target.slug, visibility)
}

/** Gives a handle a role in the session's space; `null` takes it. */
export function setRole(session: Session, handle: string, role: Role | null): Promise<MemberView> {
  const target = resolveSpace(session)
  return connect(session, target, true).setRole(target.owner, target.slug, handle, role)
}
