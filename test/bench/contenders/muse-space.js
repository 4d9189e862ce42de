import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EXECUTABLE } from '../build.js'
import { endProcess } from '../end-process.js'
import { environmentWith } from '../environment.js'
import { reservations, WARM_UP_RECORDS } from '../records.js'
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
    this.env = environmentWith(path.join(directory, 'home'))
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
    if (this.url === undefined) throw new Error(`the hub does not listen: ${said}`)
    this.run('auth', 'keygen', '--hub', this.url, '--handle', 'bench')
    this.run('auth', 'register', '--hub', this.url)
    this.#warmUp()
    for (const workspace of [this.writer, this.reader]) {
      this.runIn(workspace, 'init', '--hub', this.url, '--owner', 'bench', '--slug', 'space')
    }
  }

  /** A hub runs for weeks: its code is compiled when a client comes. Done with another space. */
  #warmUp() {
    const workspace = path.join(this.directory, 'warm-up')
    mkdirSync(workspace)
    this.runIn(workspace, 'init', '--hub', this.url, '--owner', 'bench', '--slug', 'warm-up')
    putRecords(workspace, reservations(WARM_UP_RECORDS))
    this.runIn(workspace, 'sync', 'push')
    this.runIn(workspace, 'sync', 'pull', '--all')
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

  /** Puts records into the first workspace. */
  write(records) {
    putRecords(this.writer, records)
  }

  /** Where a record shows in the second workspace. */
  arrivalOf(kind, id) {
    return path.join(this.reader, '.muse/coordination/remote', kind, `${id}.json`)
  }

  close() {
    return endProcess(this.#hub)
  }
}

/** Writes records as their writers do, one file each. */
function putRecords(workspace, records) {
  const coordination = path.join(workspace, '.muse', 'coordination')
  for (const directory of new Set(records.map((record) => record.directory))) {
    mkdirSync(path.join(coordination, directory), { recursive: true })
  }
  for (const { directory, id, json } of records) writeFileSync(path.join(coordination, directory, `${id}.json`), json)
}
