import { coordError } from '../base/errors.js'
import type { HubContext } from './context.js'
import { inviteCodeHash } from './invite.js'
import type { Identity, Invite } from './stores/store.js'

/** First parts of the hub's own addresses: a space of such an owner could not be told from them. */
const RESERVED_HANDLES = new Set(['api'])

/**
 * Gives a handle to a key that was proven. A handle belongs to its first key; one whose key was revoked is given to nobody, and
 * only an invitation for it gives it to another key.
 *
 * @param code of an invitation, if there is one
 */
export async function registerIdentity(
  context: HubContext,
  identity: Identity,
  code: string | undefined,
): Promise<void> {
  const { store } = context
  const { handle, fingerprint } = identity
  if (RESERVED_HANDLES.has(handle)) throw coordError('HANDLE_REFUSED', handle, 'it is an address of the hub')
  const known = await store.findIdentity(handle)
  if (known?.fingerprint === fingerprint) return
  const isRevoked = known?.fingerprint === ''
  if (known !== null && !isRevoked) throw coordError('HANDLE_TAKEN', handle)
  const invite = code === undefined ? null : await takeInvite(context, code, handle)
  if (invite === null && context.registration === 'closed') throw coordError('REGISTRATION_CLOSED')
  const isGiven = isRevoked
    ? invite?.handle === handle && (await store.replaceIdentity('', identity))
    : await store.register(identity)
  if (isGiven) return
  // The invitation brought nothing, so it is good for another try.
  if (invite !== null) await store.addInvite(invite)
  throw coordError('HANDLE_TAKEN', handle)
}

async function takeInvite({ store, clock }: HubContext, code: string, handle: string): Promise<Invite> {
  const invite = await store.takeInvite(inviteCodeHash(code))
  if (invite === null || invite.expiresAt <= clock.now()) throw coordError('INVITE_REFUSED')
  if (invite.handle !== null && invite.handle !== handle) {
    await store.addInvite(invite)
    throw coordError('INVITE_REFUSED')
  }
  return invite
}
