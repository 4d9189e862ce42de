import { coordError } from '../../../base/errors.js'
import type { MergeRule } from '../../../record/record.js'
import { exportSpace, POSITIONS_EXPORTED } from '../export-space.js'
import type { Identity } from '../identity-directory.js'
import { positionsOf } from '../positions.js'
import { recordKey } from '../record-key.js'
import type { Position, StoreRecord } from '../record-store.js'
import type { Space } from '../space-directory.js'
import type { Store } from '../store.js'
import type { SpaceFrame, StoreArchive } from '../store-upkeep.js'
import type { PostgresDatabase } from './database.js'
import { recordColumns } from './record-columns.js'
import type { PostgresSql } from './statements.js'

/** Moves spaces between PostgreSQL and other stores. */
export class PostgresArchive implements StoreArchive {
  readonly #store: Store
  readonly #database: PostgresDatabase
  readonly #sql: PostgresSql

  constructor(store: Store, database: PostgresDatabase, sql: PostgresSql) {
    this.#store = store
    this.#database = database
    this.#sql = sql
  }

  spaces(): Promise<Space[]> {
    return this.#database.query<Space>(this.#sql.spaces)
  }

  identities(): Promise<Identity[]> {
    return this.#database.query<Identity>(this.#sql.identities)
  }

  exportSpace(space: Space): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void> {
    return exportSpace(this.#store, space, async () => {
      type Row = { tokenFloor: number; rules: Record<string, MergeRule> }
      const [row] = await this.#database.query<Row>(this.#sql.hiddenFrame, [space.id])
      const last = await this.#database.query<Position>(this.#sql.lastPositions, [space.id, POSITIONS_EXPORTED])
      const rules = new Map(Object.entries(row?.rules ?? {}))
      return { tokenFloor: row?.tokenFloor ?? 0, rules, positions: last.reverse() }
    })
  }

  async importSpace(
    owner: string,
    slug: string,
    exported: AsyncGenerator<readonly StoreRecord[], SpaceFrame, void>,
  ): Promise<Space> {
    const sql = this.#sql
    await this.#database.withClient(async (client) => {
      // The other store may take its time for a page.
      await client.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0')
      await client.query(sql.createSpace, [owner, slug, Number.MAX_SAFE_INTEGER])
      const found = await client.query<Space>(sql.findSpace, [owner, slug])
      const { id } = found.rows[0] as Space
      const locked = await client.query<{ lastId: number }>(sql.lockSpace, [id])
      if ((locked.rows[0]?.lastId ?? 0) > 0) throw coordError('SPACE_TAKEN', `${owner}/${slug}`)
      let part = await exported.next()
      for (; part.done !== true; part = await exported.next()) {
        // One statement cannot write a row twice; the later of two is the one that stays.
        const rows = [...new Map(part.value.map((row) => [recordKey(row), row])).values()]
        await client.query(sql.write, recordColumns(id, 0, rows))
      }
      await client.query(sql.countUsage, [id])
      const { lastId, floorId, tokenFloor, visibility, rules, members } = part.value
      for (const [kind, rule] of rules) await client.query(sql.setRule, [id, kind, rule])
      for (const [handle, role] of members) await client.query(sql.setMember, [id, handle, role])
      const positions = positionsOf(part.value)
      await client.query(sql.addPositions, [id, positions.map((one) => one.id), positions.map(({ nonce }) => nonce)])
      await client.query(sql.setFrame, [id, lastId, floorId, tokenFloor, visibility])
      await client.query('COMMIT')
    })
    return (await this.#store.findSpace(owner, slug)) as Space
  }

  async adoptEpoch(epoch: string): Promise<boolean> {
    return (await this.#database.query(this.#sql.adoptEpoch, [epoch])).length > 0
  }
}
