import type { Clock } from '../base/clock.js'
import type { Kind } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import { RULES } from '../record/merge/rules.js'
import { hasLapsed, type JsonObject, type MergeRule } from '../record/record.js'
import { DirectoryReader } from './directory-reader.js'
import { type Copy, type Entry, readLocalCopy, readRemoteCopy } from './entry.js'
import type { IgnoredFile } from './record-files.js'
import type { Repo } from './repo.js'

interface KindReaders {
  readonly kind: Kind
  readonly local: DirectoryReader
  readonly remote: DirectoryReader
}

/**
 * One picture of a workspace: its own records and those that a pull brought, each record id once. Every question reads
 * the files anew, and costs what changed since the last one.
 */
export class View {
  readonly #repo: Repo
  readonly #registry: KindRegistry
  readonly #clock: Clock
  readonly #readers = new Map<string, KindReaders>()

  constructor(repo: Repo, registry: KindRegistry, clock: Clock) {
    this.#repo = repo
    this.#registry = registry
    this.#clock = clock
  }

  /**
   * What stands of a kind now, lapsed records too, in the order of their files' names: local ones first.
   *
   * @typeParam P the payload's shape as the kind's writers keep to it; nothing has checked it
   * @param except leaves out, unread, the files that are named after these record ids
   * @throws `KIND_UNKNOWN`
   */
  entries<P extends object = JsonObject>(kindName: string, except?: ReadonlySet<string>): readonly Entry<P>[] {
    const { kind, local, remote } = this.#readersOf(kindName)
    const now = this.#clock.now()
    const copies = new Map<string, Copy[]>()
    const read = (reader: DirectoryReader) => (except === undefined ? reader.read() : reader.readExcept(except)).copies
    for (const copy of [...read(local), ...read(remote)]) {
      const others = copies.get(copy.recordId)
      if (others === undefined) copies.set(copy.recordId, [copy])
      else others.push(copy)
    }
    return Array.from(copies.values(), (all) => entryOf(kind.merge, all, now) as Entry<P>)
  }

  /** What stands for one record id. Throws `KIND_UNKNOWN`. */
  find<P extends object = JsonObject>(kindName: string, recordId: string): Entry<P> | undefined {
    return this.entries<P>(kindName).find((entry) => entry.recordId === recordId)
  }

  /**
   * The same from the two files that bear the id as their name, whatever the number of records. Other programs may keep
   * a record under another name: what is not found here may still be there. Throws `KIND_UNKNOWN`.
   */
  named<P extends object = JsonObject>(kindName: string, recordId: string): Entry<P> | undefined {
    const { kind, local, remote } = this.#readersOf(kindName)
    const found = [local.readOne(`${recordId}.json`), remote.readOne(`${recordId}.json`)]
    const copies = found.filter((copy) => copy?.recordId === recordId) as Copy[]
    return copies.length === 0 ? undefined : (entryOf(kind.merge, copies, this.#clock.now()) as Entry<P>)
  }

  get now(): number {
    return this.#clock.now()
  }

  /** The record ids after which files of a kind are named, whatever they hold. Throws `KIND_UNKNOWN`. */
  names(kindName: string): ReadonlySet<string> {
    const { local, remote } = this.#readersOf(kindName)
    return new Set([...local.stems(), ...remote.stems()])
  }

  /** Files that hold no record, and why: those of one kind, or of all of them. */
  problems(kindName?: string): readonly IgnoredFile[] {
    return this.#registry.select(kindName === undefined ? [] : [kindName]).flatMap(({ name }) => {
      const { local, remote } = this.#readersOf(name)
      return [...local.read().problems, ...remote.read().problems]
    })
  }

  #readersOf(kindName: string): KindReaders {
    let readers = this.#readers.get(kindName)
    if (readers === undefined) {
      const [kind] = this.#registry.select([kindName]) as [Kind]
      readers = {
        kind,
        // Other programs write there too, and may write into a file that is already in place.
        local: new DirectoryReader(this.#repo, kind.directory, (file) => readLocalCopy(kind, file), false),
        remote: new DirectoryReader(this.#repo, `remote/${kind.name}`, (file) => readRemoteCopy(kind, file), true),
      }
      this.#readers.set(kindName, readers)
    }
    return readers
  }
}

function entryOf(rule: MergeRule, copies: readonly Copy[], now: number): Entry {
  const standing = copies.length === 1 ? (copies[0] as Copy) : standingOf(rule, copies, now)
  const shadowed = copies.length === 1 ? NONE : copies.filter((copy) => copy !== standing)
  return { ...standing, lapsed: hasLapsed(standing, now), shadowed }
}

const NONE: readonly Copy[] = []

/** Of several local files the newest counts, as it does for a push. */
function standingOf(rule: MergeRule, copies: readonly Copy[], now: number): Copy {
  const locals = copies.filter(({ origin }) => origin === 'local')
  const newest = locals.reduce<Copy | undefined>(
    (best, copy) => (best === undefined || copy.arrivedAt > best.arrivedAt ? copy : best),
    undefined,
  )
  const remote = copies.find(({ origin }) => origin === 'remote')
  if (newest === undefined || remote === undefined) return (newest ?? remote) as Copy
  return RULES[rule].stands(newest, remote, now)
}
