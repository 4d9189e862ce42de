import { NONCE_SECONDS, type Role, type Visibility } from '../../record/protocol.js'
import type { DirectorySql } from './directory-sql.js'
import type { Identity, Invite, Nonce, Space, Store, UsedSignature } from './store.js'
import { voidBefore } from './void-before.js'

type SqlValue = string | number | null

/** What a store keeps of spaces and people. Written once for all SQL: a dialect brings how it reads and how it writes. */
export abstract class Directory
  implements
    Pick<Store, 'findSpace' | 'createSpace' | 'setVisibility' | 'members' | 'setMember' | 'removeMember'>,
    Pick<
      Store,
      'findIdentity' | 'register' | 'replaceIdentity' | 'addNonce' | 'takeNonce' | 'addInvite' | 'takeInvite'
    >,
    Pick<Store, 'useSignature'>
{
  /** The rows of a statement that changes nothing. */
  protected abstract read<Row extends object>(name: keyof DirectorySql, ...values: SqlValue[]): Promise<Row[]>
  /** The rows that a statement gives back, once what it did is durable. */
  protected abstract write<Row extends object>(name: keyof DirectorySql, ...values: SqlValue[]): Promise<Row[]>

  async findSpace(owner: string, slug: string): Promise<Space | null> {
    return first(await this.read<Space>('findSpace', owner, slug))
  }

  async createSpace(owner: string, slug: string): Promise<Space> {
    const found = await this.findSpace(owner, slug)
    if (found !== null) return found
    await this.write('createSpace', owner, slug)
    return (await this.findSpace(owner, slug)) as Space
  }

  async setVisibility(space: Space, visibility: Visibility): Promise<void> {
    await this.write('setVisibility', visibility, space.id)
  }

  async members(space: Space): Promise<Map<string, Role>> {
    const rows = await this.read<{ handle: string; role: Role }>('members', space.id)
    return new Map(rows.map(({ handle, role }) => [handle, role]))
  }

  async setMember(space: Space, handle: string, role: Role): Promise<void> {
    await this.write('setMember', space.id, handle, role)
  }

  async removeMember(space: Space, handle: string): Promise<boolean> {
    return (await this.write('removeMember', space.id, handle)).length > 0
  }

  async findIdentity(handle: string): Promise<Identity | null> {
    return first(await this.read<Identity>('findIdentity', handle))
  }

  async register({ handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    await this.write('addIdentity', handle, fingerprint, publicKey, type)
    return (await this.findIdentity(handle))?.fingerprint === fingerprint
  }

  async replaceIdentity(replaced: string, { handle, fingerprint, publicKey, type }: Identity): Promise<boolean> {
    return (await this.write('replaceIdentity', fingerprint, publicKey, type, handle, replaced)).length > 0
  }

  async addNonce({ nonceHex, fingerprint, expiresAt }: Nonce): Promise<void> {
    await Promise.all([
      // By the time that the new one promises, those have been void for a whole nonce's life.
      this.write('forgetNonces', expiresAt - 2 * NONCE_SECONDS * 1000),
      this.write('addNonce', nonceHex, fingerprint, expiresAt),
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

  async addInvite({ codeHash, handle, expiresAt }: Invite): Promise<void> {
    await this.write('addInvite', codeHash, handle, expiresAt)
  }

  async takeInvite(codeHash: string): Promise<Invite | null> {
    return first(await this.write<Invite>('takeInvite', codeHash))
  }
}

function first<Row>([row]: readonly Row[]): Row | null {
  return row ?? null
}
