import { coordError } from '../../../base/errors.js'
import { exportSpace, POSITIONS_EXPORTED } from '../export-space.js'
import type { Identity } from '../identity-directory.js'
import { positionsOf } from '../positions.js'
import type { Position, StoreRecord } from '../record-store.js'
import type { Space } from '../space-directory.js'
import type { Store } from '../store.js'
import type { SpaceFrame, StoreArchive } from '../store-upkeep.js'
import { asStoreFault } from './fault.js'
import { openSqlite } from './open.js'
import { counterOf, prepareStatements, rulesOf, type Statements } from './statements.js'
import { rollBack } from './transaction.js'
import { writeRecords } from './write-records.js'

/** Moves spaces between SQLite and other stores, on connections of its own: an import is one long transaction. */
export class SqliteArchive implements StoreArchive {
  readonly #store: Store
  readonly #path: string

  constructor(store: Store, path: string) {
    this.#store = store
    this.#path = path
  }

  spaces(): Promise<Space[]> {
    return this.#open(async (_, { spaces }) => spaces.all() as Space[])
  }

  identities(): Promise<Identity[]> {
    return this.#open(async (_, { identities }) => identities.all() as Identity[])
  }

  exportSpace(space: Space): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void> {
    return exportSpace(this.#store, space, () =>
      this.#open(async (_, statements) => {
        const { tokenFloor } = counterOf(statements, space.id)
        const last = statements.lastPositions.all(space.id, POSITIONS_EXPORTED) as Position[]
        return { tokenFloor, rules: rulesOf(statements, space.id), positions: last.reverse() }
      }),
    )
  }

  async importSpace(
    owner: string,
    slug: string,
    exported: AsyncGenerator<readonly StoreRecord[], SpaceFrame, void>,
  ): Promise<Space> {
    await this.#inTransaction(async (statements) => {
      statements.createSpace.run(owner, slug, Number.MAX_SAFE_INTEGER)
      const { id } = statements.findSpace.get(owner, slug) as Space
      const { lastId } = counterOf(statements, id)
      if (lastId > 0) throw coordError('SPACE_TAKEN', `${owner}/${slug}`)
      let part = await exported.next()
      for (; part.done !== true; part = await exported.next()) writeRecords(statements, id, part.value, true)
      const frame = part.value
      statements.countUsage.run(id)
      statements.setLastId.run(frame.lastId, id)
      statements.raiseFloors.run(frame.floorId, frame.tokenFloor, id)
      statements.setVisibility.run(frame.visibility, id)
      for (const [kind, rule] of frame.rules) statements.setRule.run(id, kind, rule)
      for (const [handle, role] of frame.members) statements.setMember.run(id, handle, role)
      for (const position of positionsOf(frame)) statements.addPosition.run(id, position.id, position.nonce)
    })
    return (await this.#store.findSpace(owner, slug)) as Space
  }

  async adoptEpoch(epoch: string): Promise<boolean> {
    return this.#inTransaction(async ({ adoptEpoch }) => Number(adoptEpoch.run(epoch).changes) > 0)
  }

  #inTransaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#open(async (execute, statements) => {
      execute('BEGIN IMMEDIATE')
      const result = await work(statements)
      execute('COMMIT')
      return result
    })
  }

  async #open<T>(work: (execute: (sql: string) => void, statements: Statements) => Promise<T>): Promise<T> {
    const database = await openSqlite(this.#path)
    try {
      database.exec('PRAGMA busy_timeout = 15000') // it is nobody's event loop that waits here
      return await work((sql) => database.exec(sql), prepareStatements(database))
    } catch (thrown) {
      rollBack(database)
      throw asStoreFault(thrown, this.#path)
    } finally {
      database.close()
    }
  }
}
