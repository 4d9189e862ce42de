import { coordError } from '../base/errors.js'
import type { HubContext } from './context.js'
import { inviteCodeHash } from './invite.js'
import { DEVICES_KEPT, type Identity, type Invite, type InvitedSpace } from './stores/identity-directory.js'

/** First parts of the hub's own addresses: a space of such an owner could not be told from them. */
const RESERVED_HANDLES = new Set(['api', 'healthz', 'health', 'readyz', 'metrics', 'openapi.json'])

/**
 * Gives a handle to a key that was proven. A handle belongs to its first key; one whose key was revoked is given to nobody, and
 * only an invitation for it gives it to another key.
 *
 * @param code of an invitation, if there is one; one for a device has the key sign for a handle beside those that do
 * @param label what the machine is called that the key of a device lies on
 * @returns the space that the invitation has let into; `null`: none
 */
export async function registerIdentity(
  context: HubContext,
  identity: Identity,
  { code, label = '' }: { readonly code?: string | undefined; readonly label?: string | undefined } = {},
): Promise<InvitedSpace | null> {
  const { store } = context
  const { handle, fingerprint } = identity
  if (RESERVED_HANDLES.has(handle.toLowerCase()))
    throw coordError('HANDLE_REFUSED', handle, 'it is an address of the hub')
  const known = await store.findIdentity(handle)
  if (known === null) await assertUnlike(context, handle)
  const isOwn = (await store.keys(handle)).some((key) => key.fingerprint === fingerprint)
  if (isOwn && code === undefined) return null
  const isRevoked = known?.fingerprint === ''
  // Who has no invitation learns no more than that.
  if (known !== null && !isRevoked && !isOwn && code === undefined) throw coordError('HANDLE_TAKEN', handle)
  const invite = code === undefined ? null : await takeInvite(context, code, handle)
  if (invite === null && context.registration === 'closed') throw coordError('REGISTRATION_CLOSED')
  const take = async () => {
    const isGiven = isOwn || (await give(context, identity, { invite, isRevoked, label }))
    const hasJoined =
      isGiven && invite !== null && invite.space !== null && (await letIn(context, invite.space, handle))
    return { isGiven, hasJoined }
  }
  const { isGiven, hasJoined } = await take().catch(async (error) => {
    // A store that failed may be back; what it failed by is told, whatever becomes of this.
    if (invite !== null) await store.addInvite(invite).catch(() => undefined)
    throw error
  })
  // It brought nothing, so it is good for another try.
  const isUnused = !isGiven || (isOwn && !hasJoined)
  if (invite !== null && isUnused) await store.addInvite(invite)
  if (!isGiven && invite?.isDevice) throw coordError('DEVICES_FULL', handle, DEVICES_KEPT)
  if (!isGiven && known === null) await assertUnlike(context, handle)
  if (!isGiven) throw coordError('HANDLE_TAKEN', handle)
  return invite?.space ?? null
}

async function assertUnlike({ store }: HubContext, handle: string): Promise<void> {
  const alike = await store.findAlike(handle)
  if (alike !== null && alike !== handle)
    throw coordError('HANDLE_REFUSED', handle, `it looks like ${alike}, which somebody has`)
}

/** What decides whether a handle is given to a key that is none of its own. */
interface Claim {
  readonly invite: Invite | null
  /** Whether somebody has the handle, and its first key was revoked. */
  readonly isRevoked: boolean
  readonly label: string
}

function give({ store, clock }: HubContext, identity: Identity, { invite, isRevoked, label }: Claim): Promise<boolean> {
  const { handle, fingerprint, publicKey } = identity
  const by = { handle, at: clock.now() }
  if (invite?.isDevice) return store.addDevice(handle, { fingerprint, publicKey, label, addedAt: by.at }, by)
  if (!isRevoked) return store.register(identity)
  return invite?.handle === handle ? store.replaceIdentity('', identity, by) : Promise.resolve(false)
}

/** Whether it made a difference: an owner, and a member who may do more already, stay what they are. */
async function letIn(
  { store, clock }: HubContext,
  { owner, slug, role }: InvitedSpace,
  handle: string,
): Promise<boolean> {
  const space = await store.findSpace(owner, slug)
  if (space === null || handle === owner) return false
  const had = await store.role(space, handle)
  if (had === role || had === 'write') return false
  await store.setMember(space, handle, role, { handle, at: clock.now() })
  return true
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
