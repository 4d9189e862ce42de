import { spawn } from 'node:child_process'
import { awaitFile } from '../await-file.js'
import { endProcess } from '../end-process.js'
import { MuseSpace } from './muse-space.js'

/** muse-coord as a user has it: a process a command. */
export const museProcess = {
  name: 'muse-coord',
  isOurs: true,
  durability: 'the hub has it on disk before it answers (SQLite, WAL, synchronous=FULL); pulled files are not synced',
  async open(directory) {
    return new MuseProcesses(await MuseSpace.open(directory))
  },
}

class MuseProcesses {
  #space
  #watchers = []

  constructor(space) {
    this.#space = space
  }

  write(records) {
    this.#space.write(records)
  }

  push() {
    return this.#space.runIn(this.#space.writer, 'sync', 'push')
  }

  pull() {
    return this.#space.runIn(this.#space.reader, 'sync', 'pull', '--all')
  }

  /** `sync watch` runs in both workspaces; the time from a file's appearance in one to its appearance in the other. */
  async visible(record) {
    const space = this.#space
    if (this.#watchers.length === 0) {
      for (const cwd of [space.writer, space.reader]) {
        // What a watch has to bring at its start is another row.
        space.runIn(cwd, 'sync', 'pull', '--all')
        await this.#watch(cwd)
      }
    }
    const arrival = awaitFile(space.arrivalOf('reservation', record.id))
    const startedAt = performance.now()
    space.write([record])
    await arrival
    return performance.now() - startedAt
  }

  async #watch(cwd) {
    const [program, ...args] = this.#space.command('sync', 'watch', '--json')
    const child = spawn(program, args, { cwd, env: this.#space.env, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#watchers.push(child)
    await new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => String(text).includes('"connected"') && resolve())
      child.once('exit', (code) => reject(new Error(`sync watch ended with ${code}`)))
    })
  }

  async close() {
    await Promise.all(this.#watchers.map(endProcess))
    await this.#space.close()
  }
}
