import type { Identity } from '../../auth/identity-file.js'
import { CLOCK, type Clock } from '../../base/clock.js'
import { coordError } from '../../base/errors.js'
import type { HubUrl } from '../../record/hub-url.js'
import { resolveHub } from '../../workspace/target.js'
import type { CommandCall } from '../command.js'

/** A hub, and who this machine is there: what the commands on identities work with. */
export interface IdentifiedHub {
  readonly hub: HubUrl
  readonly identity: Identity
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutSeconds: number | undefined
}

/** @throws `NO_IDENTITY`, `IDENTITY_INVALID`, `FLAG_VALUE`, and as {@link resolveHub} */
export async function identifiedHub({ flags, env, directory, signal, container }: CommandCall): Promise<IdentifiedHub> {
  const hub = resolveHub({ hub: flags.text('hub'), env, directory })
  const [{ loadIdentity }, { answerTimeout }] = await Promise.all([
    import('../../auth/identity-file.js'),
    import('../../hub-client/answer-timeout.js'),
  ])
  const timeoutSeconds = answerTimeout(undefined, env)
  const identity = loadIdentity(env, hub)
  if (identity === null) throw coordError('NO_IDENTITY', hub.host)
  return { hub, identity, clock: (await container()).resolve<Clock>(CLOCK), signal, timeoutSeconds }
}
