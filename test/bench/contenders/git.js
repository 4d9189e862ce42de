import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { environmentWith } from '../environment.js'
import { timedProcess } from '../timed-process.js'

/** git with a file a record and a bare repository on the same machine: its fastest way. */
export const git = {
  name: 'git',
  durability: 'core.fsync as git has it: packs and references, not loose objects; checked-out files are not synced',
  open(directory) {
    return new GitClones(directory)
  },
}

const SETTINGS = {
  GIT_CONFIG_COUNT: '5',
  GIT_CONFIG_KEY_0: 'user.name',
  GIT_CONFIG_VALUE_0: 'bench',
  GIT_CONFIG_KEY_1: 'user.email',
  GIT_CONFIG_VALUE_1: 'bench@example.com',
  GIT_CONFIG_KEY_2: 'init.defaultBranch',
  GIT_CONFIG_VALUE_2: 'main',
  // Tidying up in the background would fall into somebody's time.
  GIT_CONFIG_KEY_3: 'gc.auto',
  GIT_CONFIG_VALUE_3: '0',
  GIT_CONFIG_KEY_4: 'pull.ff',
  GIT_CONFIG_VALUE_4: 'only',
}

/** The environment that git runs in here: no settings but these. */
export function gitEnvironment(home) {
  return { ...environmentWith(home), GIT_CONFIG_NOSYSTEM: '1', ...SETTINGS }
}

class GitClones {
  #directory
  #writer
  #reader
  #env

  constructor(directory) {
    this.#directory = directory
    this.#writer = path.join(directory, 'writer')
    this.#reader = path.join(directory, 'reader')
    this.#env = gitEnvironment(directory)
    this.#git(directory, 'init', '--bare', '--quiet', 'hub.git')
    this.#git(directory, 'clone', '--quiet', 'hub.git', 'writer')
  }

  write(records) {
    for (const { directory, id, json } of records) {
      const folder = path.join(this.#writer, directory)
      mkdirSync(folder, { recursive: true })
      writeFileSync(path.join(folder, `${id}.json`), json)
    }
  }

  push() {
    const add = this.#git(this.#writer, 'add', '--all')
    // With nothing to commit it ends with 1.
    const commit = this.#git(this.#writer, 'commit', '--quiet', '--message', 'records')
    const push = this.#git(this.#writer, 'push', '--quiet', 'origin', 'HEAD:main')
    return add + commit + push
  }

  pull() {
    if (!existsSync(this.#reader)) return this.#git(this.#directory, 'clone', '--quiet', 'hub.git', 'reader')
    return this.#git(this.#reader, 'pull', '--quiet')
  }

  /** git tells nobody of news: its best case is that the other one pulls just when the push is through. */
  visible(record) {
    const startedAt = performance.now()
    this.write([record])
    this.push()
    this.pull()
    return performance.now() - startedAt
  }

  close() {}

  #git(cwd, ...args) {
    return timedProcess(['git', ...args], { cwd, env: this.#env, mayFail: args[0] === 'commit' }).milliseconds
  }
}
