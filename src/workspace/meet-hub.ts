import { hubPinOf, ifWritable, isKeyless, noteKeyless } from '../auth/hub-pins.js'
import { IDENTITIES } from '../auth/identities.js'
import { handleAt } from '../auth/identity-entries.js'
import { mayHaveMoved, takeIdentityAlong } from '../auth/moved-identity.js'
import type { HubConnector } from '../hub-client/hub-connector.js'
import type { HubUrl } from '../record/hub-url.js'
import type { Session } from './session.js'

/**
 * Has the identity sign at a hub that was moved: where nobody signs at this address, and the hub proves to be one that is known under another, its
 * handle and key are taken along. It is asked who it is at most once, and only where it may be such a one.
 *
 * Rejects as requests to the hub do.
 */
export async function meetHub(session: Session, connector: HubConnector, hub: HubUrl): Promise<void> {
  const { container, env } = session
  // A program that says who signs says it for every hub.
  if (container.isRegistered(IDENTITIES, true) || !hub.isSafeForCredentials) return
  if (handleAt(env, hub) !== null || !mayHaveMoved(env, hub)) return
  const key = hubPinOf(env, hub)?.key ?? (await ask(session, connector, hub))
  const moved = key === null ? null : takeIdentityAlong(env, hub, key)
  if (moved === null) return
  session.note(`ℹ️  ${hub.base} is the hub that was at ${moved.formerHost}: ${moved.handle} signs there as well.`)
}

async function ask(session: Session, connector: HubConnector, hub: HubUrl): Promise<string | null> {
  const { env } = session
  if (isKeyless(env, hub)) return null
  const key = await connector.askHubKey(hub, session)
  if (key === null) ifWritable(() => noteKeyless(env, hub))
  return key
}
