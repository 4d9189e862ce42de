import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { openSession } from '../../../src/open-session.js'
import type { Session } from '../../../src/workspace/session.js'
import { type Ended, runCli } from '../../support/run-cli.js'

interface StorePlace {
  /** Holds the home directory and the repository, and nothing else. */
  readonly directory: string
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly slug: string
  /** Its address; `null`: it has none. */
  readonly hub: string | null
}

/** A store of one round, looked at from outside: as files, and by a session that knows nothing of the round. */
export class SoakStore {
  readonly directory: string
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly slug: string
  readonly hub: string | null
  readonly #coordination: string

  constructor({ directory, root, env, slug, hub }: StorePlace) {
    this.directory = directory
    this.root = root
    this.env = env
    this.slug = slug
    this.hub = hub
    this.#coordination = join(root, '.muse', 'coordination')
  }

  /** Writes files under `.muse/coordination/`, as other programs do. */
  put(files: Readonly<Record<string, object>>): void {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.#coordination, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(content, null, 2))
    }
  }

  session(): Promise<Session> {
    return openSession({ directory: this.root, env: this.env })
  }

  /** Runs a command line here in this process, as the next one who comes. */
  run(line: readonly string[], input = ''): Promise<Ended> {
    return runCli(this, line, { input })
  }

  /** The files of records, own and pulled ones: what they hold, by their names under `.muse/coordination/`. */
  records(): ReadonlyMap<string, string> {
    const names = filesBelow(this.#coordination).filter((name) => name.endsWith('.json') && !/(^|\/)\./.test(name))
    return new Map(names.map((name) => [name, readFileSync(join(this.#coordination, name), 'utf8')]))
  }

  /** What a file under the store's directory holds; `null`: it is not there. */
  read(name: string): string | null {
    const file = join(this.directory, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }

  /** Files that were to be renamed or removed, here and in the home directory. */
  temporaryFiles(): string[] {
    return filesBelow(this.directory).filter((name) => name.endsWith('.tmp'))
  }

  /** Keeps a copy of all that is there, and returns what puts it back. A run is told by its place, so it is the same place. */
  keep(): () => void {
    const copy = `${this.directory}-kept`
    cpSync(this.directory, copy, { recursive: true })
    return () => {
      this.remove()
      cpSync(copy, this.directory, { recursive: true })
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .map((name) => name.split(sep).join('/'))
    .sort()
}
