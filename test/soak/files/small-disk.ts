import { execFileSync } from 'node:child_process'
import { mkdirSync, statfsSync } from 'node:fs'
import { problemOf } from '../../../src/base/errors.js'

const MEBIBYTE = 1024 * 1024
const WIDE_BYTES = 256 * MEBIBYTE

/** A file system in memory whose room can be taken away: a disk that is really full, for SQLite and the kernel too. */
export class SmallDisk {
  readonly directory: string

  /** @returns why there is none where this user may not mount one, or the system knows none */
  static mount(directory: string): SmallDisk | { readonly reason: string } {
    mkdirSync(directory)
    try {
      mount('-t', 'tmpfs', '-o', `size=${WIDE_BYTES}`, 'tmpfs', directory)
    } catch (error) {
      return { reason: problemOf(error) }
    }
    return new SmallDisk(directory)
  }

  private constructor(directory: string) {
    this.directory = directory
  }

  /** Pages that files take. */
  usedPages(): number {
    const { blocks, bfree } = statfsSync(this.directory)
    return blocks - bfree
  }

  /** Leaves room for so many more pages. */
  leave(pages: number): void {
    this.#resize((this.usedPages() + pages) * statfsSync(this.directory).bsize)
  }

  widen(): void {
    this.#resize(WIDE_BYTES)
  }

  /** It is gone at once; its room, when this process has closed what it has open there. */
  unmount(): void {
    execFileSync('umount', ['-l', this.directory], { stdio: 'pipe' })
  }

  #resize(bytes: number): void {
    mount('-o', `remount,size=${bytes}`, this.directory)
  }
}

function mount(...words: readonly string[]): void {
  execFileSync('mount', words, { stdio: 'pipe' })
}
