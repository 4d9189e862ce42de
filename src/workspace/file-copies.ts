import type { Kind } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import { DirectoryReader } from './directory-reader.js'
import type { Copy } from './entry.js'
import { type Place, placesOf } from './index/file-table.js'
import { type CopySource, Standing } from './index/standing.js'
import { readCopy } from './read-copy.js'
import type { IgnoredFile } from './record-files.js'
import type { Repo } from './repo.js'
import type { Viewer } from './viewer.js'

/** The copies of a store as its files have them, where no index answers: it costs all of them. */
export class FileCopies {
  readonly #repo: Repo
  readonly #registry: KindRegistry
  readonly #viewer: Viewer
  readonly #readers = new Map<string, DirectoryReader>()

  constructor(repo: Repo, registry: KindRegistry, viewer: Viewer) {
    this.#repo = repo
    this.#registry = registry
    this.#viewer = viewer
  }

  /** What a picture of the store is made of, at a moment: milliseconds since 1970. */
  at(now: number): CopySource {
    const kept = (kind: Kind) => this.of(kind)
    return {
      kept,
      named: (kind, recordIds) => {
        const wanted = new Set(recordIds)
        return kept(kind).filter((copy) => wanted.has(copy.recordId))
      },
      endOf: (kind, recordId) => {
        // It is asked for by the picture itself, so what ends is judged by one that asks nobody.
        const source = { kept, named: () => [], endOf: () => undefined }
        return new Standing(this.#registry, source, now, this.#viewer).endOf(kind.name, recordId)
      },
    }
  }

  /** Every copy of a kind, in the order of their files' names: local ones first. */
  of(kind: Kind): readonly Copy[] {
    return placesOf(kind).flatMap((place) => this.#reader(place).read().copies)
  }

  /** Files that hold no record, and why. */
  problems(place: Place): readonly IgnoredFile[] {
    return this.#reader(place).read().problems
  }

  /** What could not be looked into since the last call. */
  takeUnread(place: Place): readonly IgnoredFile[] {
    return this.#reader(place).takeUnread()
  }

  #reader({ kind, origin, directory }: Place): DirectoryReader {
    let reader = this.#readers.get(directory)
    if (reader === undefined) {
      // Into a local file that is already in place other programs may write; what a pull brings is put there whole.
      const [repo, isReplacedWhole] = [this.#repo, origin === 'remote']
      reader = new DirectoryReader(repo, directory, (file) => readCopy(repo, kind, origin, file), isReplacedWhole)
      this.#readers.set(directory, reader)
    }
    return reader
  }
}
