import type { Environment } from '../base/environment.js'
import type { DependencyContainer } from '../base/injection.js'
import type { HubUrl } from '../record/hub-url.js'
import { handleAt } from './identity-entries.js'
import type { Identity } from './identity-file.js'

/** Who signs at a hub; `null`: nobody, and requests go unsigned. */
export type Identities = (env: Environment, hub: HubUrl) => Identity | null

/** The DI token of {@link Identities}; without one they come from `~/.muse/identity.toml`. */
export const IDENTITIES: symbol = Symbol.for('muse-coord.identities')

/** The handle that signs at a hub, without a look at its key; `null`: nobody signs there. Throws `IDENTITY_INVALID`. */
export function handleOf(container: DependencyContainer, env: Environment, hub: HubUrl): string | null {
  if (!container.isRegistered(IDENTITIES, true)) return handleAt(env, hub)
  return container.resolve<Identities>(IDENTITIES)(env, hub)?.handle ?? null
}
