import { describe, expect, it } from '@jest/globals'
import type { MergeRule } from '../../../src/record/record.js'
import { at, counts, nothing, record, Space } from './space-in-memory.js'

describe('once', () => {
  it('keeps the first payload and names what differs', () => {
    const space = new Space()
    expect(counts(space.push([record('note')]))).toEqual({ ...nothing, inserted: 1 })
    const answer = space.push([record('note', { payloadJson: '{"n":2}' })])
    expect(answer.conflicts).toEqual([{ kind: 'note', recordId: 'x', reason: 'different_content', holder: null }])
    expect(space.only().payloadJson).toBe('{"n":1}')
    expect(space.lastId).toBe(1)
  })

  it('skips the same payload whatever the order of its keys, its white space, its run or its author', () => {
    const space = new Space()
    space.push([record('note', { payloadJson: '{"a":[1,{"b":null,"c":2}],"d":"e"}' })])
    const again = record('note', {
      payloadJson: '{ "d": "e", "a": [1, {"c": 2, "b": null}] }',
      runId: 'run-2',
      expiresAt: at(1),
    })
    expect(counts(space.push([again], { author: 'bob' }))).toEqual({ ...nothing, skipped: 1 })
    expect(space.only().runId).toBe('run-1')
  })

  it('compares payloads that are nested deeper than the call stack', () => {
    const depth = 100_000
    const deep = (end: string) => `{"a":${'['.repeat(depth)}${end}${']'.repeat(depth)}}`
    const space = new Space()
    space.push([record('note', { payloadJson: deep('1') })])
    expect(counts(space.push([record('note', { payloadJson: deep(' 1') })]))).toEqual({ ...nothing, skipped: 1 })
    expect(counts(space.push([record('note', { payloadJson: deep('2') })])).conflicts).toEqual(['different_content'])
  })

  it.each([
    ['{"a":null}', '{}'],
    ['{"a":[]}', '{"a":{}}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":1}', '{"b":1}'],
    ['{"a":null}', '{"a":0}'],
    ['{"__proto__":1}', '{"toString":1}'],
  ])('takes %s and %s for different', (one, other) => {
    const space = new Space()
    space.push([record('note', { payloadJson: one })])
    expect(counts(space.push([record('note', { payloadJson: other })])).conflicts).toEqual(['different_content'])
  })
})

describe('rules of a space', () => {
  it('stores an unknown kind by the rule its first push declares, and without one by "once"', () => {
    const space = new Space()
    space.push([record('lock'), record('memo')], { rules: new Map([['lock', 'lease']]) })
    expect(Object.fromEntries(space.rules)).toEqual({ lock: 'lease', memo: 'once' })
  })

  it('rejects the records of a kind that comes with another rule, and takes the rest', () => {
    const space = new Space()
    space.push([record('claim')])
    const other = new Map<string, MergeRule>([['claim', 'once']])
    const answer = space.push([record('claim', { recordId: 'y' }), record('note')], { rules: other })
    expect(counts(answer)).toEqual({ ...nothing, inserted: 1, rejected: 1 })
    expect(answer.rejected[0]?.reason).toBe(
      'kind "claim" has the merge rule "lease" here, and the push declares "once"',
    )
  })

  it('keeps a rule when a push declares none', () => {
    const space = new Space()
    space.push([record('claim')])
    expect(counts(space.push([record('claim', { runId: 'run-2' })], { rules: new Map() })).conflicts).toEqual(['held'])
  })

  it('lets the rules of the hub come before those of a push, and those of the space before both', () => {
    const space = new Space()
    const hubRules = new Map<string, MergeRule>([['claim', 'lease']])
    const once = new Map<string, MergeRule>([['claim', 'once']])
    expect(counts(space.push([record('claim')], { rules: once, hubRules })).rejected).toBe(1)
    expect(space.rules.size).toBe(0)
    space.push([record('claim')], { rules: new Map(), hubRules })
    expect(space.rules.get('claim')).toBe('lease')
    const later = new Map<string, MergeRule>([['claim', 'latest']])
    expect(counts(space.push([record('claim')], { rules: new Map(), hubRules: later }))).toEqual({
      ...nothing,
      skipped: 1,
    })
  })
})

describe('one push with a key that comes twice', () => {
  it('lets the second meet the first', () => {
    const space = new Space()
    const answer = space.push([
      record('note'),
      record('note'),
      record('note', { payloadJson: '{"n":2}' }),
      record('heartbeat'),
      record('note', { recordId: 'y' }),
      record('heartbeat', { payloadJson: '{"n":2}' }),
      record('claim'),
      record('claim', { runId: 'run-2' }),
    ])
    expect(counts(answer)).toEqual({
      inserted: 4,
      updated: 1,
      skipped: 1,
      conflicts: ['different_content', 'held'],
      rejected: 0,
    })
    expect(space.records.map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'note'],
      [3, 'note'],
      [4, 'heartbeat'],
      [5, 'claim'],
    ])
    expect(answer.leases).toHaveLength(1)
  })

  it('does not report a lease that the same push gives back', () => {
    const space = new Space()
    expect(space.push([record('claim', { expiresAt: at(60) }), record('claim', { expiresAt: at(-1) })]).leases).toEqual(
      [],
    )
  })
})
