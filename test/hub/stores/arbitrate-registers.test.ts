import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { IncomingRecord } from '../../../src/hub/stores/record-store.js'
import { at, counts, nothing, OWNER, record, Space } from './space-in-memory.js'

describe('latest', () => {
  it('replaces a register of the same author under a new id, so that readers see it once', () => {
    const space = new Space()
    space.push([record('heartbeat'), record('heartbeat', { recordId: 'y' })])
    expect(counts(space.push([record('heartbeat', { payloadJson: '{"n":2}' })]))).toEqual({ ...nothing, updated: 1 })
    expect(space.records.map(({ id, recordId }) => [id, recordId])).toEqual([
      [2, 'y'],
      [3, 'x'],
    ])
  })

  it.each([
    ['payload', { payloadJson: '{"n":2}' }],
    ['run', { runId: 'run-2' }],
    ['expiry', { expiresAt: at(60) }],
  ])('takes another %s for a change, and the same for none', (_, change) => {
    const space = new Space()
    space.push([record('heartbeat')])
    expect(counts(space.push([record('heartbeat')]))).toEqual({ ...nothing, skipped: 1 })
    expect(counts(space.push([record('heartbeat', change)]))).toEqual({ ...nothing, updated: 1 })
    expect(counts(space.push([record('heartbeat', change)]))).toEqual({ ...nothing, skipped: 1 })
  })

  it('lets nobody but its author and the owner of the space change it', () => {
    const space = new Space()
    const change = record('heartbeat', { payloadJson: '{"n":2}' })
    space.push([record('heartbeat')])
    const answer = space.push([change], { author: 'bob' })
    expect(answer.conflicts).toEqual([{ kind: 'heartbeat', recordId: 'x', reason: 'not_author', holder: null }])
    expect(counts(space.push([change], { author: OWNER }))).toEqual({ ...nothing, updated: 1 })
    expect(space.only().author).toBe(OWNER)
  })
})

describe('a register whose writer counts its changes', () => {
  const beat = (n: number, revision: number, after: number | null = null) =>
    record('heartbeat', { payloadJson: `{"n":${n}}`, revision, after })

  it('takes a change that names the revision that stands, and no late or doubled one', () => {
    const space = new Space()
    const sent = [beat(1, 10), beat(2, 20, 10), beat(3, 30, 20)]
    for (const one of sent) space.push([one])
    const last = space.only()
    expect(last).toMatchObject({ payloadJson: '{"n":3}', revision: 30 })
    for (const one of sent.slice(0, 2)) {
      const { conflicts, updated } = space.push([one])
      expect([conflicts, updated]).toMatchObject([[{ reason: 'stale', revision: 30 }], 0])
    }
    expect(counts(space.push([beat(3, 30, 20)]))).toEqual({ ...nothing, skipped: 1 })
    expect(space.only()).toBe(last)
  })

  it('never has a revision that no reader can count with', () => {
    const space = new Space()
    space.push([beat(1, Number.MAX_SAFE_INTEGER)])
    space.push([record('heartbeat', { payloadJson: '{"n":2}' })])
    expect(space.only()).toMatchObject({ payloadJson: '{"n":2}', revision: Number.MAX_SAFE_INTEGER })
    const { conflicts } = space.push([beat(3, 5)], { author: 'bob' })
    expect(conflicts).toMatchObject([{ reason: 'not_author', revision: Number.MAX_SAFE_INTEGER }])
  })

  it('refuses a change that replaces what is not there, or counts backwards', () => {
    const space = new Space()
    expect(space.push([beat(1, 2, 1)]).conflicts).toMatchObject([{ reason: 'stale', revision: null }])
    expect(space.rows.size).toBe(0)
    space.push([beat(1, 5)])
    expect(space.push([beat(2, 5, 5)]).conflicts).toMatchObject([{ reason: 'stale', revision: 5 }])
    expect(space.push([beat(2, 4, 5)]).conflicts).toMatchObject([{ reason: 'stale', revision: 5 }])
  })

  it('lets a writer that counts nothing change it, and tells the others', () => {
    const space = new Space()
    space.push([beat(1, 5)])
    expect(counts(space.push([record('heartbeat', { payloadJson: '{"n":2}' })]))).toEqual({ ...nothing, updated: 1 })
    const { conflicts } = space.push([beat(3, 7, 5)])
    expect(conflicts).toEqual([{ kind: 'heartbeat', recordId: 'x', reason: 'stale', holder: null, revision: 6 }])
    expect(counts(space.push([beat(3, 7, 6)]))).toEqual({ ...nothing, updated: 1 })
  })

  it('goes on from one that no writer has counted', () => {
    const space = new Space()
    space.push([record('heartbeat')])
    expect(space.push([beat(2, 7, 6)]).conflicts).toMatchObject([{ reason: 'stale', revision: null }])
    expect(counts(space.push([beat(2, 7)]))).toEqual({ ...nothing, updated: 1 })
  })

  it('ends in the same state whatever is delayed, doubled and reordered, as long as the writer asks again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 40 }), (order) => {
        const space = new Space()
        const late: IncomingRecord[] = []
        let stands: number | null = null
        for (let n = 1; n <= 8; n++) {
          const change = beat(n, n * 10, stands)
          late.push(change)
          for (const pick of order.slice(n * 5 - 5, n * 5)) {
            const copy = late[pick]
            if (copy !== undefined) space.push([copy])
          }
          const { conflicts } = space.push([change])
          stands = conflicts.length > 0 ? (conflicts[0]?.revision ?? null) : n * 10
          expect(stands).toBe(n * 10)
        }
        for (const copy of late) space.push([copy])
        expect(space.only()).toMatchObject({ payloadJson: '{"n":8}', revision: 80 })
      }),
    )
  })
})
