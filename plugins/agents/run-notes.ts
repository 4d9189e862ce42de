import type { Session, Workspace } from '../../src/plugin.js'
import { objectOf } from './tool-input.js'

const MAX_BYTES = 4 * 1024 * 1024
/** What runs have left whose sessions ended without a word is swept after that long. */
const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000
/** Names of files may be 255 bytes long, and a character may take twelve of them. */
const MAX_NAME = 80
const TREE_FILE = 'tree.json'

/** What a tree's changed files were when it was looked at last: by path, something that changes when the file does. */
export type TreeSnapshot = Readonly<Record<string, string>>

/** Where it is remembered. */
export interface Noting {
  readonly clock: Session['clock']
  readonly workspace: Pick<Workspace, 'repo'>
}

/**
 * What the hook remembers of a run between two calls, in `.sync/agents/<run>/`. Files of their own, so that calls at the same
 * moment lose nothing of each other's; all of it may be deleted.
 */
export class RunNotes {
  readonly #session: Noting
  readonly #name: string

  constructor(session: Noting, runId: string) {
    this.#session = session
    this.#name = nameOf(runId)
  }

  /** Remembers that a reservation was made by an edit, and not by the agent's own word. */
  addEdit(reservationId: string): void {
    this.#folder.in('edits').create(reservationId, '')
  }

  /** Ids of reservations that edits have made. */
  edits(): readonly string[] {
    return [...this.#folder.in('edits').names()]
  }

  forgetEdit(reservationId: string): void {
    this.#folder.in('edits').remove(reservationId)
  }

  /** Remembers that an edit of an address was refused, so that its run can be told when it is free. */
  addRefused(address: string): void {
    if (address.length <= MAX_NAME) this.#folder.in('refused').create(encodeURIComponent(address), '')
  }

  /** Addresses of which edits were refused. */
  refused(): readonly string[] {
    return [...this.#folder.in('refused').names()].map((name) => decodeURIComponent(name))
  }

  forgetRefused(address: string): void {
    if (address.length <= MAX_NAME) this.#folder.in('refused').remove(encodeURIComponent(address))
  }

  /** Whether something was told to the run. */
  isTold(what: string): boolean {
    return this.#folder.stat(nameOfTold(what)) !== null
  }

  /** Remembers that it was. */
  tell(what: string): void {
    this.#folder.create(nameOfTold(what), '')
  }

  readTree(): TreeSnapshot | null {
    const reading = this.#folder.read(TREE_FILE, MAX_BYTES)
    return 'text' in reading ? (objectOf(reading.text) as TreeSnapshot) : null
  }

  writeTree(snapshot: TreeSnapshot): void {
    const text = JSON.stringify(snapshot)
    // Beyond that a change of it is not noticed: half a snapshot would find changes that are none.
    if (text.length <= MAX_BYTES) this.#folder.write(TREE_FILE, text)
  }

  forget(): void {
    this.#all.removeAll(this.#name)
  }

  /** Forgets what runs have left that were not heard of for a week. */
  sweep(): void {
    const since = this.#session.clock.now() - KEPT_MILLISECONDS
    for (const name of [...this.#all.names()]) {
      const found = this.#all.stat(name)
      if (found?.isDirectory() && found.mtimeMs < since && name !== this.#name) this.#all.removeAll(name)
    }
  }

  /** Where it is remembered, for a process that works beside the session. */
  get folder() {
    return this.#folder
  }

  get #all() {
    return this.#session.workspace.repo.sync.in('agents')
  }

  get #folder() {
    return this.#all.in(this.#name)
  }
}

function nameOfTold(what: string): string {
  return `told/${nameOf(what).slice(0, 200)}`
}

/** A run id may hold a colon, which no file's name may on Windows. */
function nameOf(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}
