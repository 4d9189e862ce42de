import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { childModule } from '../../support/child-module.js'
import type { WritersOrder } from './race-writers.js'

/** One thing that a reader found. */
export interface Sighting {
  id: number
  name: string
}

/** What became of a race. */
export interface RaceResult {
  /** Records that were written and acknowledged. */
  written: number
  /** Those among them that the reader passed by. */
  missed: number
  /** Times that the reader was given an id that is not above all it had seen. */
  outOfOrder: number
  /** Pages that the reader asked for while there were writers. */
  polls: number
}

export interface Race {
  spec: string
  /** A push through the program: writers of 2 processes, 4 each. */
  writer: string
  size: number
  /** Pushes of each of the 8 writers. */
  pushes: number
  /** A page after a cursor, and the next cursor. */
  read(cursor: number): Promise<{ found: Sighting[]; cursor: number }>
}

/** Two processes of four writers each, against one reader that polls as fast as it can. */
export async function runRace({ spec, writer, size, pushes, read }: Race): Promise<RaceResult> {
  const writers = fileURLToPath(new URL('./race-writers.ts', import.meta.url))
  const child = await childModule(`import { write } from '${writers}'\n${writer}`)
  const seen = new Set<string>()
  let cursor = 0
  let polls = 0
  let outOfOrder = 0
  let writing = true

  const reading = (async () => {
    for (let last = false; !last; ) {
      // Asked before the page is: what was acknowledged by then is in it, or has been.
      const ending = !writing
      const page = await read(cursor)
      for (const { id, name } of page.found) {
        if (id <= cursor) outOfOrder++
        cursor = id
        seen.add(name)
      }
      cursor = page.cursor
      polls++
      last = ending && page.found.length === 0
      await turn()
    }
  })()
  try {
    await Promise.all(
      ['a', 'b'].map((process) => {
        const order: WritersOrder = { spec, process, writers: 4, pushes, size }
        return child.run({ args: [JSON.stringify(order)] })
      }),
    )
  } finally {
    writing = false
    await reading
    child.remove()
  }
  const written = 8 * pushes * size
  return { written, missed: written - seen.size, outOfOrder, polls }
}

/** Writers that push as hubs do: through the store. */
export const STORE_WRITER = `
import { openStore } from 'src/hub/stores/open-store.js'
const order = JSON.parse(process.argv[2])
const store = await openStore(order.spec)
const space = await store.createSpace('ada', 'engine')
await write(order, (names) => {
  const records = names.map((recordId) => ({ kind: 'note', recordId, runId: 'run', payloadJson: '{}', expiresAt: null }))
  return store.push(space, { author: 'ada', records, rules: new Map() })
})
await store.close()
console.log('true')
`
