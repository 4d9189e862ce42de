import { resolveOr } from '../base/injection.js'
import type { HubClient } from '../hub-client/hub-client.js'
import { HUB_CONNECTOR, HubConnector } from '../hub-client/hub-connector.js'
import type { HubUrl } from '../record/hub-url.js'
import type { Session } from './session.js'

/** What makes a session's clients of hubs. */
export function connectorOf({ container }: Pick<Session, 'container'>): HubConnector {
  return resolveOr(container, HUB_CONNECTOR, HubConnector)
}

/** A client of a hub that ends with the session. `mustSign`: see {@link HubConnector.connect}. */
export function connect(session: Session, { hub }: { readonly hub: HubUrl }, mustSign = false): HubClient {
  return connectorOf(session).connect(hub, session, mustSign)
}
