import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EXECUTABLE } from '../build.js'
import { endProcess } from '../end-process.js'
import { timedProcess } from '../timed-process.js'

/** A hub in a process of its own and two workspaces of one space, as two machines have them. */
export class MuseSpace {
  #hub

  /** @param {string} directory fresh */
  static async open(directory) {
    const space = new MuseSpace(directory)
    try {
      await space.#start()
    } catch (error) {
      await space.close()
      throw error
    }
    return space
  }

  constructor(directory) {
    this.directory = directory
    this.writer = path.join(directory, 'writer')
    this.reader = path.join(directory, 'reader')
    // Nothing of the caller's settings: they could name another hub.
    const { PATH, BUILD_DIRECTORY } = process.env
    this.env = { PATH, HOME: path.join(directory, 'home'), ...(BUILD_DIRECTORY && { BUILD_DIRECTORY }) }
  }

  async #start() {
    for (const directory of [this.writer, this.reader, this.env.HOME]) mkdirSync(directory, { recursive: true })
    this.#hub = spawn(process.execPath, [EXECUTABLE, 'hub', 'serve', '--data', 'hub', '--port', '0', '--json'], {
      cwd: this.directory,
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = await new Promise((resolve, reject) => {
      this.#hub.stdout.once('data', resolve)
      this.#hub.once('exit', (code) => reject(new Error(`the hub ended with ${code}`)))
    })
    this.url = JSON.parse(String(said)).url
    this.run('auth', 'keygen', '--hub', this.url, '--handle', 'bench')
    this.run('auth', 'register', '--hub', this.url)
    for (const workspace of [this.writer, this.reader]) {
      this.runIn(workspace, 'init', '--hub', this.url, '--owner', 'bench', '--slug', 'space')
    }
  }

  get hubPid() {
    return this.#hub.pid
  }

  /** The command line of the program. */
  command(...args) {
    return [process.execPath, EXECUTABLE, ...args]
  }

  run(...args) {
    return this.runIn(this.directory, ...args)
  }

  /** Runs the program in a workspace and gives the milliseconds it took, start and end included. */
  runIn(workspace, ...args) {
    return timedProcess(this.command(...args), { cwd: workspace, env: this.env }).milliseconds
  }

  /** Puts records into the first workspace, one file each. */
  write(records) {
    for (const directory of new Set(records.map((record) => record.directory))) {
      mkdirSync(path.join(this.writer, '.muse/coordination', directory), { recursive: true })
    }
    for (const { directory, id, json } of records) {
      writeFileSync(path.join(this.writer, '.muse/coordination', directory, `${id}.json`), json)
    }
  }

  /** Where a record shows in the second workspace. */
  arrivalOf(kind, id) {
    return path.join(this.reader, '.muse/coordination/remote', kind, `${id}.json`)
  }

  close() {
    return endProcess(this.#hub)
  }
}
