import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readRecord, toWire, wireText } from '../../src/record/wire.js'

const records = fc.record({
  kind: fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/),
  recordId: fc.stringMatching(/^[a-zA-Z0-9_\-:]{1,128}$/),
  runId: fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text)),
  payload: fc.dictionary(fc.string(), fc.jsonValue()).map((payload) => JSON.parse(JSON.stringify(payload))),
  expiresAt: fc.constantFrom(null, '2026-03-18T12:00:00.123456+00:00', '2026-03-18T12:00Z'),
})

describe('wireText', () => {
  it('writes what the respelt record is as JSON, whatever its run id and payload hold', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(wireText(record, JSON.stringify(record.payload))).toBe(JSON.stringify(toWire(record)))
      }),
    )
  })
})

describe('readRecord', () => {
  it('reads what wireText writes', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(readRecord(JSON.parse(wireText(record, JSON.stringify(record.payload))))).toEqual({ record })
      }),
    )
  })

  it('takes what leaves out all but kind and id, or has null there', () => {
    const bare = { kind: 'task', recordId: 't1', runId: '', payload: {}, expiresAt: null }
    expect(readRecord({ kind: 'task', record_id: 't1' })).toEqual({ record: bare })
    const nulls = { kind: 'task', record_id: 't1', run_id: null, payload: null, expires_at: null }
    expect(readRecord(nulls)).toEqual({ record: bare })
  })

  it('takes a time without a zone for one of UTC', () => {
    const wire = { kind: 'task', record_id: 't1', expires_at: '2026-03-18T12:00:00.5' }
    expect(readRecord(wire)).toMatchObject({ record: { expiresAt: '2026-03-18T12:00:00.5Z' } })
  })

  it.each([
    [7, 'is no JSON object'],
    [{ kind: '../x' }, 'has no valid kind: "../x"'],
    [{ kind: 'task', record_id: null }, 'has an unsafe record_id: null'],
    [{ kind: 'task', record_id: 'a/b' }, 'has an unsafe record_id: "a/b"'],
    [{ kind: 'task', record_id: 't1', run_id: 7 }, 'has a run_id that is no text: 7'],
    [{ kind: 'task', record_id: 't1', payload: [] }, 'has a payload that is no JSON object'],
    [{ kind: 'task', record_id: 't1', expires_at: 'soon' }, 'has an expires_at that is no timestamp: "soon"'],
    [{ kind: 'task', record_id: 't1', expires_at: 0 }, 'has an expires_at that is no timestamp: 0'],
  ])('says of %j that it %s', (value, fault) => {
    expect(readRecord(value)).toEqual({ fault })
  })
})
