import { IDENTITIES, type Identities } from '../auth/identities.js'
import { CLOCK } from '../base/clock.js'
import { resolveOptional, resolveOr } from '../base/injection.js'
import type { Fetch } from '../hub-client/http-fetch.js'
import type { HubClient } from '../hub-client/hub-client.js'
import { FETCH, HUB_CONNECTOR, HubConnector } from '../hub-client/hub-connector.js'
import type { HubUrl } from '../record/hub-url.js'
import { meetHub } from './meet-hub.js'
import { viaKeeper } from './relay/via-keeper.js'
import type { Repo } from './repo.js'
import type { Session } from './session.js'
import { SeenInStore } from './state/seen-in-store.js'

/** What makes a session's clients of hubs. */
export function connectorOf({ container }: Pick<Session, 'container'>): HubConnector {
  return resolveOr(container, HUB_CONNECTOR, () => {
    const [fetch, identities] = [
      resolveOptional<Fetch>(container, FETCH),
      resolveOptional<Identities>(container, IDENTITIES),
    ]
    return new HubConnector(container.resolve(CLOCK), fetch, identities)
  })
}

/**
 * A client of a hub that remembers in the store where spaces ended, ends with the session, and asks through the keeper of its store
 * where it gets no answer by itself. At a hub that was moved whoever signed signs on, see {@link meetHub}. `mustSign`: see
 * {@link HubConnector.connect}.
 */
export async function connect(
  session: Session,
  { hub, repo }: { readonly hub: HubUrl; readonly repo?: Repo },
  mustSign = false,
): Promise<HubClient> {
  const { env, signal, timeoutSeconds } = session
  const connector = connectorOf(session)
  await meetHub(session, connector, hub)
  const positions = repo && new SeenInStore(repo, hub)
  const around = (fetch: Fetch) => viaKeeper(fetch, () => repo ?? session.openedWorkspace?.repo)
  return connector.connect(hub, { env, signal, timeoutSeconds, around, positions }, mustSign)
}
