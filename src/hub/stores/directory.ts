import { coordError } from '../../base/errors.js'
import type { Role, Visibility } from '../../record/protocol.js'
import type { MergeRule } from '../../record/record.js'
import type { Override } from './arbitrate-all.js'
import type { DirectorySql } from './directory-sql.js'
import {
  DEVICES_KEPT,
  type HandleKey,
  type Identity,
  type IdentityDirectory,
  INVITES_KEPT,
  type Invite,
  type InviteScope,
  type Nonce,
  type UsedSignature,
} from './identity-directory.js'
import {
  ACTS_KEPT,
  type Act,
  type ActName,
  type ActPlace,
  type Doer,
  KEY_ACTS_KEPT,
  KINDS_KEPT,
  type Space,
  type SpaceDirectory,
} from './space-directory.js'
import type { Store, Visitor } from './store.js'
import type { Usage } from './usage.js'
import { voidBefore } from './void-before.js'

type SqlValue = string | number | null

/** A statement and its values. */
export type Step = readonly [name: keyof DirectorySql, ...values: SqlValue[]]

/** What a store keeps of spaces and people. Written once for all SQL: a dialect brings how it reads and how it writes. */
export abstract class Directory
  implements
    SpaceDirectory,
    IdentityDirectory,
    Pick<Store, 'findVisitor' | 'usage' | 'usages' | 'hubSecret' | 'keepHubSecret'>
{
  /** The rows of a statement that changes nothing. */
  protected abstract read<Row extends object>(name: keyof DirectorySql, ...values: SqlValue[]): Promise<Row[]>
  /** The rows that a statement gives back, once what it did is durable. */
  protected abstract write<Row extends object>(name: keyof DirectorySql, ...values: SqlValue[]): Promise<Row[]>
  /** The same in one transaction with further steps, which are done where the first gave a row back. */
  protected abstract writeWith<Row extends object>(first: Step, further: (row: Row) => readonly Step[]): Promise<Row[]>

  async hubSecret(): Promise<string | null> {
    return first(await this.read<{ secret: string }>('hubSecret'))?.secret ?? null
  }

  async keepHubSecret(secret: string, { replaces = false }: { replaces?: boolean } = {}): Promise<string> {
    await this.write(replaces ? 'replaceHubSecret' : 'keepHubSecret', secret)
    return (await this.hubSecret()) as string
  }

  async findSpace(owner: string, slug: string): Promise<Space | null> {
    return first(await this.read<Space>('findSpace', owner, slug))
  }

  async findVisitor(handle: string, owner: string, slug: string): Promise<Visitor> {
    const rows = await this.read<VisitorRow>('findVisitor', handle, owner, slug)
    const { id = null, visibility = null, role = null } = first(rows) ?? {}
    const keys = rows.flatMap(({ fingerprint, publicKey, label, addedAt }) =>
      fingerprint === null ? [] : [{ fingerprint, publicKey, label, addedAt }],
    )
    return { keys, space: id === null || visibility === null ? null : { id, owner, slug, visibility }, role }
  }

  async createSpace(owner: string, slug: string, options: { spaces?: number; by?: Doer } = {}): Promise<Space> {
    const found = await this.findSpace(owner, slug)
    if (found !== null) return found
    const { spaces = Number.MAX_SAFE_INTEGER, by } = options
    await this.writeWith<{ id: number }>(['createSpace', owner, slug, spaces], ({ id }) =>
      noting(id, by, 'space_created', '', `${owner}/${slug}`),
    )
    const made = await this.findSpace(owner, slug)
    if (made === null) throw coordError('QUOTA_REACHED', owner, `${spaces} spaces`)
    return made
  }

  async setVisibility({ id }: Space, visibility: Visibility, by?: Doer): Promise<void> {
    await this.writeWith(['setVisibility', visibility, id], () => noting(id, by, 'visibility_set', '', visibility))
  }

  async setRule({ id }: Space, kind: string, merge: MergeRule, by?: Doer): Promise<void> {
    // The row of the space comes first, as in a push, so that neither waits for the other.
    const rows = await this.writeWith(['lockForRule', id, kind, KINDS_KEPT], () => [
      ['keepTokens', id, kind],
      ['setRule', id, kind, merge],
      ...(merge === 'lease' ? [['giveTokens', id, kind] as const] : []),
      ...noting(id, by, 'rule_set', kind, merge),
    ])
    if (rows.length === 0) throw coordError('QUOTA_REACHED', 'The space', `${KINDS_KEPT} kinds`)
  }

  async rules(space: Space): Promise<Map<string, MergeRule>> {
    const rows = await this.read<{ kind: string; merge: MergeRule }>('rulesOfSpace', space.id)
    return new Map(rows.map(({ kind, merge }) => [kind, merge]))
  }

  async members(space: Space): Promise<Map<string, Role>> {
    const rows = await this.read<{ handle: string; role: Role }>('members', space.id)
    return new Map(rows.map(({ handle, role }) => [handle, role]))
  }

  async role(space: Space, handle: string): Promise<Role | null> {
    return first(await this.read<{ role: Role }>('role', space.id, handle))?.role ?? null
  }

  async setMember({ id }: Space, handle: string, role: Role, by?: Doer): Promise<void> {
    await this.writeWith(['setMember', id, handle, role], () => noting(id, by, 'member_set', handle, role))
  }

  async removeMember({ id }: Space, handle: string, by?: Doer): Promise<boolean> {
    const rows = await this.writeWith(['removeMember', id, handle], () => noting(id, by, 'member_removed', handle, ''))
    return rows.length > 0
  }

  acts({ id, owner }: Space, { before, limit }: { before: number; limit: number }): Promise<Act[]> {
    return this.read<Act>('acts', id, owner, before, limit)
  }

  actsAfter(id: number, limit: number): Promise<ActPlace[]> {
    return this.read<ActPlace>('actsAfter', id, limit)
  }

  async lastAct(): Promise<number> {
    return first(await this.read<{ id: number }>('lastAct'))?.id ?? 0
  }

  async usage(handle: string): Promise<Usage & { spaces: number }> {
    return first(await this.read<Usage & { spaces: number }>('usage', handle)) ?? { spaces: 0, records: 0, bytes: 0 }
  }

  usages(): Promise<(Usage & { handle: string })[]> {
    return this.read<Usage & { handle: string }>('usages')
  }

  async findIdentity(handle: string): Promise<Identity | null> {
    return first(await this.read<Identity>('findIdentity', handle))
  }

  keys(handle: string): Promise<HandleKey[]> {
    return this.read<HandleKey>('keys', handle)
  }

  async addDevice(handle: string, key: HandleKey, by?: Doer): Promise<boolean> {
    const { fingerprint, publicKey, label, addedAt } = key
    const rows = await this.writeWith(['addDevice', handle, fingerprint, publicKey, label, addedAt, DEVICES_KEPT], () =>
      noting(0, by, 'key_added', handle, fingerprint),
    )
    return rows.length > 0 || (await this.keys(handle)).some((one) => one.fingerprint === fingerprint)
  }

  async findAlike(handle: string): Promise<string | null> {
    return first(await this.read<{ handle: string }>('findAlike', handle))?.handle ?? null
  }

  async register(
    { handle, fingerprint, publicKey, type }: Identity,
    { mayBeAlike = false }: { readonly mayBeAlike?: boolean } = {},
  ): Promise<boolean> {
    await this.write('addIdentity', handle, fingerprint, publicKey, type)
    if (mayBeAlike) await this.write('addAlikeIdentity', handle, fingerprint, publicKey, type)
    return (await this.findIdentity(handle))?.fingerprint === fingerprint
  }

  async replaceIdentity(replaced: string, identity: Identity, by?: Doer): Promise<boolean> {
    const { handle, fingerprint, publicKey, type } = identity
    const isEnd = fingerprint === ''
    const further = (): Step[] => [
      // The key of a device too, where a store of old has it twice.
      ...(isEnd ? [['forgetInvitesBy', handle] as const, ['removeDevice', handle, replaced] as const] : []),
      ...noting(0, by, isEnd ? 'key_revoked' : 'key_rotated', handle, fingerprint || replaced),
    ]
    const rows = await this.writeWith(['replaceIdentity', fingerprint, publicKey, type, handle, replaced], further)
    if (rows.length > 0 || replaced === '') return rows.length > 0
    const ofDevice: Step = isEnd
      ? ['removeDevice', handle, replaced]
      : ['replaceDevice', fingerprint, publicKey, handle, replaced]
    return (await this.writeWith(ofDevice, further)).length > 0
  }

  async addNonce(nonce: Nonce): Promise<void> {
    await Promise.all([
      this.write('forgetNonces', voidBefore(nonce)),
      this.write('addNonce', nonce.nonceHex, nonce.fingerprint, nonce.expiresAt),
    ])
  }

  async takeNonce(nonceHex: string): Promise<Nonce | null> {
    return first(await this.write<Nonce>('takeNonce', nonceHex))
  }

  async useSignature(used: UsedSignature): Promise<boolean> {
    const [rows] = await Promise.all([
      this.write('useSignature', used.hash, used.expiresAt),
      this.write('forgetSignatures', voidBefore(used)),
    ])
    return rows.length > 0
  }

  async addInvite(invite: Invite, { id = 0, by }: { id?: number; by?: Doer } = {}): Promise<void> {
    const { codeHash, handle, expiresAt, space, uses, isDevice = false } = invite
    const { owner = null, slug = null, role = null } = space ?? {}
    if (by !== undefined) await this.write('forgetInvites', by.at)
    const values = [codeHash, handle, expiresAt, owner, slug, role, uses, Number(isDevice), INVITES_KEPT] as const
    const rows = await this.writeWith(['addInvite', ...values], () =>
      noting(id, id === 0 ? undefined : by, 'invited', '', role ?? ''),
    )
    if (rows.length === 0) throw coordError('INVITES_FULL', owner ?? handle ?? '', INVITES_KEPT)
  }

  async takeInvite(codeHash: string): Promise<Invite | null> {
    const row = first(await this.write<InviteRow>('takeInvite', codeHash))
    if (row === null) return null
    await this.write('forgetInvite', codeHash)
    return { ...inviteOf(row), uses: 1 }
  }

  async invites(of: InviteScope, at: number): Promise<Invite[]> {
    const rows = await ('space' in of
      ? this.read<InviteRow>('invitesInto', of.space.owner, of.space.slug, at)
      : this.read<InviteRow>('invitesOfDevices', of.deviceOf, at))
    return rows.map(inviteOf)
  }

  async removeInvite(codeHash: string, of: InviteScope, by?: Doer): Promise<boolean> {
    const rows = await ('space' in of
      ? this.writeWith(['removeInviteInto', codeHash, of.space.owner, of.space.slug], () =>
          noting(of.space.id, by, 'uninvited', '', codeHash.slice(0, SHOWN_LETTERS)),
        )
      : this.write('removeInviteOfDevice', codeHash, of.deviceOf))
    return rows.length > 0
  }
}

/** Of the id of an invitation, in the list of what was done: enough to know it by. */
const SHOWN_LETTERS = 12

function inviteOf({ owner, slug, role, device, ...invite }: InviteRow): Invite {
  const space = owner === null || slug === null || role === null ? null : { owner, slug, role }
  return { ...invite, space, ...(device !== 0 && { isDevice: true }) }
}

type VisitorRow = (HandleKey | { [Name in keyof HandleKey]: null }) & {
  readonly id: number | null
  readonly visibility: Visibility | null
  readonly role: Role | null
}

interface InviteRow extends Pick<Invite, 'codeHash' | 'handle' | 'expiresAt' | 'uses'> {
  readonly owner: string | null
  readonly slug: string | null
  readonly role: Role | null
  readonly device: number
}

function first<Row>([row]: readonly Row[]): Row | null {
  return row ?? null
}

/** What notes an override, see {@link Override}. */
export function notingOverrides(spaceId: number, now: number, overrides: readonly Override[]): readonly Step[] {
  return overrides.flatMap(({ action, author, record, was }) =>
    noting(spaceId, { handle: author, at: now }, action, record, was),
  )
}

/** What notes an act, and forgets what is beyond the bound. */
function noting(spaceId: number, by: Doer | undefined, action: ActName, subject: string, detail: string): Step[] {
  if (by === undefined) return []
  const at = new Date(by.at).toISOString()
  return [
    ['noteAct', spaceId, at, by.handle, action, subject, detail],
    spaceId === 0 ? ['trimKeyActs', subject, KEY_ACTS_KEPT] : ['trimActs', spaceId, ACTS_KEPT],
  ]
}
