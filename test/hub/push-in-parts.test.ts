import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { pushInParts } from '../../src/hub/push-in-parts.js'
import { nameKey } from '../../src/hub/stores/record-key.js'
import type { IncomingRecord, StorePush } from '../../src/hub/stores/record-store.js'
import { at, RULES, record, Space } from './stores/space-in-memory.js'

/** A store that takes a part after the other, and notes of what size they were. */
function store(space = new Space()) {
  const sizes: number[] = []
  const write = async ({ records, ...more }: StorePush) => {
    sizes.push(records.length)
    return space.push([...records], more)
  }
  return { space, sizes, write }
}

function pushOf(records: readonly IncomingRecord[], more: Partial<StorePush> = {}): StorePush {
  return { author: 'ada', rules: RULES, records, ...more }
}

function notes(count: number, payloadJson = '{"n":1}'): IncomingRecord[] {
  return Array.from({ length: count }, (_, index) => record('note', { recordId: `n${index}`, payloadJson }))
}

describe('a push in parts', () => {
  it('is one where it is small, and of about a hundred records else', async () => {
    for (const [count, expected] of [
      [0, [0]],
      [1, [1]],
      [100, [100]],
      [131, [131]],
      [133, [100, 33]],
      [500, [100, 100, 100, 100, 100]],
    ] as const) {
      const { sizes, write } = store()
      expect(await pushInParts(pushOf(notes(count)), write)).toMatchObject({ inserted: count })
      expect(sizes).toEqual(expected)
    }
  })

  it('has fewer records in a part where they are large', async () => {
    const { sizes, write } = store()
    await pushInParts(pushOf(notes(60, JSON.stringify('x'.repeat(100_000)))), write)
    expect(Math.max(...sizes)).toBeLessThan(10)
  })

  it('is one where it acts once, or where records decide about each other', async () => {
    const signature = { hash: 'h', expiresAt: 1 }
    for (const more of [{ first: true }, { signature }, { takesBack: { kind: 'claim', recordId: 'x' } }]) {
      const { sizes, write } = store()
      await pushInParts(pushOf(notes(500), more), write)
      expect(sizes).toEqual([500])
    }
    const { sizes, write } = store()
    await pushInParts(pushOf([...notes(500), ...notes(1)]), write)
    expect(sizes).toEqual([501])
  })

  it('tells of the first part that was refused, once all have ended', async () => {
    const { space, write } = store()
    let parts = 0
    const failing = async (part: StorePush) => {
      const number = parts++
      if (number === 1) throw new Error('revoked')
      if (number === 2) throw new Error('revoked, and asked later')
      return write(part)
    }
    await expect(pushInParts(pushOf(notes(400)), failing)).rejects.toThrow(/^revoked$/)
    expect(space.rows.size).toBe(200)
  })

  it('ends as the same push in one piece, whatever stood there', async () => {
    const incoming = fc.oneof(
      fc.record({ recordId: idOf('n', 300), payloadJson: fc.constantFrom('1', '2') }).map(noteOf),
      fc.record({ recordId: idOf('h', 300), n: fc.nat(9) }).map(beatOf),
      fc.record({ recordId: idOf('c', 300), run: fc.constantFrom('a', 'b'), end: fc.nat(2) }).map(claimOf),
    )
    const size = { maxLength: 500, size: 'max', selector: nameKey } as const
    let inParts = 0
    await fc.assert(
      fc.asyncProperty(fc.array(incoming), fc.uniqueArray(incoming, size), async (before, records) => {
        const whole = new Space()
        const parted = store()
        whole.push(before)
        parted.space.push(before)
        expect(await pushInParts(pushOf(records), parted.write)).toEqual(whole.push(records))
        expect(parted.space.records).toEqual(whole.records)
        if (parted.sizes.length > 1) inParts += 1
      }),
      { numRuns: 50 },
    )
    expect(inParts).toBeGreaterThan(5)
  })
})

function idOf(letter: string, count: number): fc.Arbitrary<string> {
  return fc.nat(count - 1).map((number) => `${letter}${number}`)
}

function noteOf(more: Partial<IncomingRecord>): IncomingRecord {
  return record('note', more)
}

function beatOf({ recordId, n }: { recordId: string; n: number }): IncomingRecord {
  return record('heartbeat', { recordId, payloadJson: `{"n":${n}}` })
}

/** Some are over when they come. */
function claimOf({ recordId, run, end }: { recordId: string; run: string; end: number }): IncomingRecord {
  return record('claim', { recordId, runId: run, expiresAt: at(end === 0 ? -60 : 60 * end) })
}
