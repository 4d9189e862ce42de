import path from 'node:path'
import { Worker } from '../worker.js'
import { MuseSpace } from './muse-space.js'

/** muse-coord as a program has it that imports it: a call in a process that stays. */
export const museLibrary = {
  name: 'muse-coord, library',
  isOurs: true,
  durability: 'as muse-coord',
  async open(directory) {
    return new MuseLibrary(await MuseSpace.open(directory))
  },
}

class MuseLibrary {
  #space
  #writer
  #reader

  constructor(space) {
    this.#space = space
    const start = (workspace) =>
      new Worker(path.join(import.meta.dirname, 'muse-library-worker.js'), [workspace], space.env)
    this.#writer = start(space.writer)
    this.#reader = start(space.reader)
  }

  write(records) {
    this.#space.write(records)
  }

  push() {
    return this.#writer.do('push')
  }

  pull() {
    return this.#reader.do('pull')
  }

  async close() {
    await Promise.all([this.#writer.close(), this.#reader.close()])
    await this.#space.close()
  }
}
