import { describe, expect, it } from '@jest/globals'
import { LAST_REVISION } from '../../src/record/lease-numbers.js'
import { type Conflict, TOKEN_LEAP } from '../../src/record/protocol.js'
import { isGrantLost, isStillOwn, orderAfter } from '../../src/sync/push/lease-order.js'
import type { LeaseNote } from '../../src/workspace/leases/lease-notes.js'
import { nextNumbers } from '../../src/workspace/leases/tenure.js'

const EXPIRES_AT = '2126-03-18T12:00:00Z'
const granter = { space: 'here', epoch: 'one' }
const note: LeaseNote = {
  ...{ kind: 'claim', recordId: 't1', runId: 'r1', state: 'held', token: 3 },
  ...{ granter, holder: null, payload: null },
}
const refused = (revision: number, holder: Conflict['holder'] = { runId: 'r1', expiresAt: EXPIRES_AT, token: 3 }) => ({
  ...{ kind: 'claim', recordId: 't1', reason: 'stale' as const, holder, revision, token: 3 },
})
const replaced = { space: 'here', epoch: 'two' }

describe('the last revision of a tenure', () => {
  it('is followed by none: a run that would go on asks with it, and is refused', () => {
    const written = (revision: number) => ({
      ...{ kind: 'claim', recordId: 't1', runId: 'r1', expiresAt: EXPIRES_AT, origin: 'remote' as const, id: 1 },
      ...{ author: 'ada', token: 3, receivedAt: null, file: '', arrivedAt: 0 },
      ...{ payload: { lease: { token: 3, revision } }, lapsed: false, lapsesAt: null, shadowed: [] },
    })
    const view = { runId: 'r1', here: null, note, now: 0 }
    expect(nextNumbers({ ...view, seen: written(7) })).toEqual({ token: 3, revision: 8 })
    expect(nextNumbers({ ...view, seen: written(LAST_REVISION) })).toEqual({ token: 3, revision: LAST_REVISION })
    expect(nextNumbers({ ...view, seen: written(7) }, LAST_REVISION)).toEqual({ token: 3, revision: LAST_REVISION })
  })

  it('is asked against by no push, neither by a text that bears it nor at another hub', () => {
    const order = (revision: number) => ({ token: 3, revision })
    expect(orderAfter(order(7), refused(7), 'r1', note, granter)).toEqual({ token: 3, revision: 8 })
    expect(orderAfter(order(LAST_REVISION), refused(LAST_REVISION), 'r1', note, granter)).toBeNull()
    expect(orderAfter(order(7), refused(7), 'r1', note, replaced)).toEqual({ token: 3, revision: 8 })
    expect(orderAfter(order(7), refused(LAST_REVISION), 'r1', note, replaced)).toBeNull()
    // What ends it bears the last one itself, and is asked for with it once.
    const end = (revision: number) => orderAfter(order(revision), refused(LAST_REVISION), 'r1', null, granter, true)
    expect(end(7)).toEqual(order(LAST_REVISION))
    expect(end(LAST_REVISION)).toBeNull()
    // It is over, and what comes next is a tenure of its own.
    expect(orderAfter(order(7), refused(LAST_REVISION, null), 'r1', note, replaced)).toEqual({ token: 3 })
  })

  it('is needed no more where the hub has lost what it granted', () => {
    const finished = { token: 3, revision: 7 }
    const free = (token: number | null) => ({ ...refused(7, null), token })
    for (const token of [null, 2, 3 + TOKEN_LEAP, 1 + TOKEN_LEAP]) expect(isGrantLost(finished, free(token))).toBe(true)
    for (const token of [3, 4, 900]) expect(isGrantLost(finished, free(token))).toBe(false)
    expect(isGrantLost(finished, refused(7))).toBe(false)
    expect(isGrantLost({ token: 3 }, free(null))).toBe(false)
  })

  it('takes the lease from the run that bears its name there', () => {
    expect(isStillOwn(refused(7), 'r1', note)).toBe(true)
    expect(isStillOwn(refused(LAST_REVISION), 'r1', note)).toBe(false)
    // What its run has finished stays its own.
    expect(isStillOwn(refused(LAST_REVISION, { runId: 'r1', expiresAt: null, token: 3 }), 'r1', note)).toBe(true)
  })
})
