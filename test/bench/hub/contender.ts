import type { Row } from './rows.js'

/** Somewhere to write the rows and to read them again. */
export interface Contender {
  readonly name: string
  /** Begins with nothing in it. */
  open(): Promise<Opened>
}

export interface Opened {
  /** What can be made before the clock runs: bodies, columns. Gives one action for each batch. */
  prepare(writer: number, batches: readonly (readonly Row[])[]): (() => Promise<void>)[]
  /** Everything that one writer wrote, a page after the other. Gives the number of rows. */
  readAll(writer: number): Promise<number>
  close(): Promise<void>
}

/** Writers at once, each into a space of its own; as many readers. */
export const WRITERS = 4

/** Rows of one page. */
export const PAGE = 1000
