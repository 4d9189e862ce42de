import { describe, expect, it } from '@jest/globals'
import type { Copy } from '../../src/workspace/entry.js'
import { CopyMemory } from '../../src/workspace/index/copy-memory.js'
import type { IndexDatabase } from '../../src/workspace/index/index-database.js'

describe('the memory of copies', () => {
  it('answers with all that is asked for, also with more than it keeps', () => {
    const database = {} as IndexDatabase
    const copyOf = (id: number) => ({ recordId: `r${id}` }) as Copy
    const memory = new CopyMemory()
    for (let id = 0; id < 60_000; id++) memory.note(database, id, copyOf(id))
    const ids = Array.from({ length: 120_000 }, (_, id) => id)
    const read = (unknown: readonly number[]) => new Map(unknown.map((id) => [id, copyOf(id)]))
    const answered = memory.copiesOf(database, ids, read)
    expect(answered.length).toBe(ids.length)
    expect(answered.every(({ recordId }, index) => recordId === `r${index}`)).toBe(true)
  })
})
