import { describe, expect, it } from '@jest/globals'
import type { IncomingRecord } from '../../../src/hub/stores/record-store.js'
import { at, counts, NOON, nothing, OWNER, record, Space } from './space-in-memory.js'

describe('lease', () => {
  const claim = (more: Partial<IncomingRecord> = {}) => record('claim', { expiresAt: at(60), ...more })

  it('grants a free one with token 1 and says so', () => {
    const space = new Space()
    expect(space.push([claim()]).leases).toEqual([{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(60) }])
  })

  it('refuses one that another run holds and names the holder', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim({ runId: 'run-2' })], { author: 'bob' })
    expect(answer.leases).toEqual([])
    expect(answer.conflicts).toEqual([
      {
        kind: 'claim',
        recordId: 'x',
        reason: 'held',
        holder: { runId: 'run-1', expiresAt: at(60), token: 1 },
      },
    ])
  })

  it('refuses another run of the same author and of the owner of the space too', () => {
    const space = new Space()
    space.push([claim()])
    expect(counts(space.push([claim({ runId: 'run-2' })])).conflicts).toEqual(['held'])
    expect(counts(space.push([claim({ runId: 'run-2' })], { author: OWNER })).conflicts).toEqual(['held'])
  })

  it('renews for the same run under the same token', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim({ expiresAt: at(120) })], { now: NOON + 30_000 })
    expect(counts(answer)).toEqual({ ...nothing, updated: 1 })
    expect(answer.leases).toEqual([{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(120) }])
    expect(space.only().id).toBe(2)
  })

  it('answers a retry as it answered the first try', () => {
    const space = new Space()
    const { leases } = space.push([claim()])
    const retry = space.push([claim()])
    expect(counts(retry)).toEqual({ ...nothing, skipped: 1 })
    expect(retry.leases).toEqual(leases)
  })

  it('gives a stranger who sends the words of the holder neither the lease nor a change', () => {
    const space = new Space()
    space.push([claim()])
    for (const words of [claim(), claim({ expiresAt: at(99) })]) {
      const answer = space.push([words], { author: 'bob' })
      expect(counts(answer).conflicts).toEqual(['not_author'])
      expect(answer.conflicts[0]?.holder).toEqual({ runId: 'run-1', expiresAt: at(60), token: 1 })
      expect(answer.leases).toEqual([])
    }
  })

  it('lets the owner of the space change it in the name of its run', () => {
    const space = new Space()
    space.push([claim()])
    expect(counts(space.push([claim({ expiresAt: null })], { author: OWNER }))).toEqual({ ...nothing, updated: 1 })
  })

  it('gives a lapsed one to the next run, whoever sends it, with a higher token', () => {
    const space = new Space()
    space.push([claim()])
    const next = claim({ runId: 'run-2', expiresAt: at(120) })
    expect(counts(space.push([next], { author: 'bob', now: NOON + 59_999 })).conflicts).toEqual(['held'])
    const answer = space.push([next], { author: 'bob', now: NOON + 60_000 })
    expect(counts(answer)).toEqual({ ...nothing, updated: 1 })
    expect(answer.leases).toEqual([{ kind: 'claim', recordId: 'x', token: 2, expiresAt: at(120) }])
  })

  it('raises the token also for the run that let it lapse: somebody may have looked meanwhile', () => {
    const space = new Space()
    space.push([claim()])
    space.push([claim({ expiresAt: at(120) })], { now: NOON + 61_000 })
    expect(space.only().token).toBe(2)
  })

  it('does not count an old claim that is sent again after it lapsed', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim()], { author: 'bob', now: NOON + 61_000 })
    expect(counts(answer)).toEqual({ ...nothing, skipped: 1 })
    expect(answer.leases).toEqual([])
  })

  it('frees one that its run gives back', () => {
    const space = new Space()
    space.push([claim()])
    expect(space.push([claim({ expiresAt: at(0) })]).leases).toEqual([])
    expect(space.push([claim({ runId: 'run-2' })], { author: 'bob' }).leases[0]?.token).toBe(2)
  })

  it('keeps one without expiry for good', () => {
    const space = new Space()
    space.push([claim({ expiresAt: null })])
    expect(counts(space.push([claim({ runId: 'run-2' })], { now: NOON + 1e12 })).conflicts).toEqual(['held'])
  })

  it('does not reopen one that is for good when words of its run from before arrive late', () => {
    const space = new Space()
    const finished = claim({ expiresAt: null, payloadJson: '{"status":"completed"}' })
    space.push([claim(), finished])
    const answer = space.push([claim({ expiresAt: at(99) }), claim({ expiresAt: at(-99) })])
    expect(counts(answer).conflicts).toEqual(['held', 'held'])
    expect(answer.conflicts[0]?.holder).toEqual({ runId: 'run-1', expiresAt: null, token: 1 })
    expect(space.only()).toMatchObject({ expiresAt: null, payloadJson: '{"status":"completed"}' })
    expect(counts(space.push([finished]))).toEqual({ ...nothing, skipped: 1 })
  })

  it('judges by the instant, not by its spelling', () => {
    const space = new Space()
    space.push([claim({ expiresAt: '2026-03-18T14:01:00.000+02:00' })])
    const next = claim({ runId: 'run-2' })
    expect(counts(space.push([next], { now: NOON + 59_000 })).conflicts).toEqual(['held'])
    expect(counts(space.push([next], { now: NOON + 60_000 }))).toEqual({ ...nothing, updated: 1 })
  })

  it('begins above the tokens of leases that were swept away', () => {
    const space = new Space()
    space.tokenFloor = 7
    expect(space.push([claim()]).leases[0]?.token).toBe(8)
  })
})
