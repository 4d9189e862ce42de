import { coordError } from '../../base/errors.js'
import { push } from '../push/push.js'
import { bring, type HubDecider } from './decider.js'

/**
 * Sends a register of this store and brings what the space has of it: what the hub has taken by when is read there, as every
 * reader does, whether an answer came or not.
 *
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
 */
export async function confirmRegister(decider: HubDecider, kindName: string, recordId: string): Promise<void> {
  const { session } = decider
  const directory = session.registry.get(kindName)?.directory ?? ''
  const changed = new Map([[directory, new Set([`${recordId}.json`])]])
  const { errors } = await push(session, { kinds: [kindName], changed })
  const [problem] = errors
  if (problem !== undefined) throw coordError('LEASE_UNCONFIRMED', problem)
  await bring(decider)
}
