import { setImmediate as turn } from 'node:timers/promises'

/** What one process of writers is told to do. */
export interface WritersOrder {
  /** Where: a directory or an address. */
  spec: string
  /** Tells the records of one process from those of another. */
  process: string
  writers: number
  /** Pushes of each writer, and records of each push. */
  pushes: number
  size: number
}

/** Several writers of one process, each with one push after the other. */
export async function write(
  { process, writers, pushes, size }: WritersOrder,
  push: (names: string[]) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let round = 0; round < pushes; round++) {
        await push(Array.from({ length: size }, (_, index) => `${process}-${writer}-${round}-${index}`))
        await turn()
      }
    }),
  )
}
