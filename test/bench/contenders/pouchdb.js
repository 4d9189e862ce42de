import path from 'node:path'
import { reservations, WARM_UP_RECORDS } from '../records.js'
import { Worker } from '../worker.js'

const here = (name) => path.join(import.meta.dirname, name)

/** PouchDB that replicates with a PouchDB server in another process; it is a library and has no command. */
export const pouchdb = {
  name: 'PouchDB',
  durability: 'LevelDB as PouchDB uses it: nothing is synced before the answer',
  async open(directory) {
    const server = new Worker(here('pouchdb-server.js'), [path.join(directory, 'hub')])
    const url = await server.do('listen')
    const warmUp = new Worker(here('pouchdb-worker.js'), [
      path.join(directory, 'warm-up'),
      url.replace('space', 'warm-up'),
    ])
    await warmUp.do('write', reservations(WARM_UP_RECORDS))
    await warmUp.do('push')
    await warmUp.do('pull')
    await warmUp.close()
    const databases = ['writer', 'reader'].map(
      (name) => new Worker(here('pouchdb-worker.js'), [path.join(directory, name), url]),
    )
    return new PouchDatabases(server, databases)
  },
}

class PouchDatabases {
  #server
  #writer
  #reader

  constructor(server, [writer, reader]) {
    this.#server = server
    this.#writer = writer
    this.#reader = reader
  }

  write(records) {
    return this.#writer.do('write', records)
  }

  push() {
    return this.#writer.do('push')
  }

  pull() {
    return this.#reader.do('pull')
  }

  async visible(record) {
    await Promise.all([this.#writer.do('pushLive'), this.#reader.do('pullLive')])
    const arrival = this.#reader.do('arrivalOf', record.id)
    const writtenAt = await this.#writer.do('writeNow', record)
    // Both are readings of one clock, the machine's monotonic one.
    return Number((await arrival) - writtenAt) / 1e6
  }

  async close() {
    await Promise.all([this.#writer.close(), this.#reader.close()])
    await this.#server.close()
  }
}
