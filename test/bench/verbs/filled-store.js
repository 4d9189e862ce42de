import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EXECUTABLE } from '../build.js'
import { environmentWith } from '../environment.js'
import { timedProcess } from '../timed-process.js'
import { overRecords, standingRecords } from './store-records.js'

/** A workspace writes so many files itself; a pull brought the rest. */
const OWN_FILES = 1000

/**
 * A workspace in which `size` records are over, beside those that stand. Its files are written as they lie after a pull; no
 * hub is set, and none is asked.
 */
export class FilledStore {
  /** The run that beats: it holds ten of the active reservations. */
  runId = 'run-0'

  /** A workspace with so many records that are over @param {string} directory fresh @param {number} size */
  static ofSize(directory, size) {
    const now = Date.now()
    return new FilledStore(directory, size, standingRecords(now), overRecords(size, now))
  }

  /** @param {string} directory fresh @param {number} size how many are over */
  constructor(directory, size, standing, over) {
    this.size = size
    this.directory = path.join(directory, 'workspace')
    this.env = environmentWith(path.join(directory, 'home'))
    for (const made of [this.directory, this.env.HOME]) mkdirSync(made, { recursive: true })
    timedProcess(this.command('init'), this.options)
    /** What is active, for the peer that is asked the same. */
    this.reservations = [...standing, ...over].filter(({ kind }) => kind === 'reservation')
    this.overId = over.find(({ kind }) => kind === 'reservation').id
    this.files = this.#write([...standing, ...over])
    // The first command reads all files and builds the index, which is not what is measured here.
    timedProcess(this.command('status', '--json'), this.options)
  }

  get options() {
    return { cwd: this.directory, env: this.env }
  }

  /** The command line of the program. */
  command(...args) {
    return [process.execPath, EXECUTABLE, ...args]
  }

  /** A file with what Claude Code says when it edits a file, a new one each turn. */
  event(name, turn) {
    const file = path.join(this.env.HOME, `${name}-${turn}.json`)
    mkdirSync(path.join(this.directory, 'src', 'free'), { recursive: true })
    const event = {
      session_id: '5f0c7f3e-3d0f-4b6f-9a36-9c1d5e7a2b4c',
      cwd: this.directory,
      hook_event_name: name,
      tool_name: 'Edit',
      tool_use_id: `use-${turn}`,
      tool_input: { file_path: path.join(this.directory, 'src', 'free', `hook_${turn}.py`) },
    }
    writeFileSync(file, JSON.stringify(event))
    return file
  }

  #write(records) {
    const coordination = path.join('.muse', 'coordination')
    const step = Math.max(1, Math.floor(records.length / OWN_FILES))
    const files = records.map((record, number) => {
      const isOwn = record.runId === this.runId || number % step === 0
      return isOwn
        ? { name: path.join(coordination, `${record.kind}s`, `${record.id}.json`), text: ownText(record) }
        : {
            name: path.join(coordination, 'remote', record.kind, `${record.id}.json`),
            text: pulledText(record, number),
          }
    })
    for (const made of new Set(files.map(({ name }) => path.dirname(name)))) {
      mkdirSync(path.join(this.directory, made), { recursive: true })
    }
    for (const { name, text } of files) writeFileSync(path.join(this.directory, name), text)
    return files
  }
}

function ownText({ payload }) {
  return `${JSON.stringify(payload, null, 2)}\n`
}

function pulledText({ kind, id, runId, at, until, payload }, number) {
  return `${JSON.stringify({
    id: number + 1,
    kind,
    record_id: id,
    run_id: runId,
    payload,
    expires_at: until === null ? null : payload.expires_at,
    author: 'bench',
    token: kind === 'claim' ? 1 : null,
    received_at: new Date(at).toISOString(),
  })}\n`
}
