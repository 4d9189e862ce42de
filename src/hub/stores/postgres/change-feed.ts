import type { ChangeListener } from '../record-store.js'
import type { OwnConnection, PostgresDatabase } from './database.js'
import { HeldConnection } from './held-connection.js'

/** Commits of all hubs on a database, through LISTEN and NOTIFY, on one connection while anybody listens. */
export class PostgresChangeFeed {
  readonly #database: PostgresDatabase
  readonly #channel: string
  readonly #listeners = new Set<ChangeListener>()
  #connection: HeldConnection | null = null

  /** @param channel of the store, see `StoreNames` */
  constructor(database: PostgresDatabase, channel: string) {
    this.#database = database
    this.#channel = `muse_coord_${channel.replaceAll(/[^a-z0-9]/g, '')}`
  }

  /** The statement that announces. It belongs into the transaction: what it says is delivered after the commit. */
  announcement(spaceId: number, lastId: number): string {
    return `NOTIFY ${this.#channel}, '${spaceId} ${lastId}'`
  }

  /** @throws `STORE_FAILED` when the connection cannot be made now; later it is made again by itself */
  async listen(listener: ChangeListener): Promise<() => Promise<void>> {
    this.#listeners.add(listener)
    // What was announced while it was broken is lost.
    this.#connection ??= new HeldConnection(
      () => this.#connect(),
      () => this.#tell((one) => one.gap()),
    )
    try {
      await this.#connection.ready
    } catch (thrown) {
      await this.#leave(listener)
      throw thrown
    }
    return () => this.#leave(listener)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    const connection = this.#connection
    this.#connection = null
    await connection?.end()
  }

  async #leave(listener: ChangeListener): Promise<void> {
    this.#listeners.delete(listener)
    if (this.#listeners.size === 0) await this.close()
  }

  #connect(): Promise<OwnConnection> {
    return this.#database.connectClient(async (client) => {
      client.on('notification', ({ payload = '' }) => {
        const numbers = /^(\d{1,15}) (\d{1,15})$/.exec(payload)
        // Whoever may use the database may write into the channel too.
        if (numbers === null) return
        this.#tell((listener) => listener.changed(Number(numbers[1]), Number(numbers[2])))
      })
      await client.query(`LISTEN ${this.#channel}`)
    })
  }

  #tell(what: (listener: ChangeListener) => void): void {
    for (const listener of this.#listeners) what(listener)
  }
}
