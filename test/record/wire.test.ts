import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { recordToWireJson, toWire } from '../../src/record/wire.js'

describe('recordToWireJson', () => {
  it('writes what the respelt record is as JSON, whatever its run id and payload hold', () => {
    const records = fc.record({
      kind: fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/),
      recordId: fc.stringMatching(/^[a-zA-Z0-9_\-:]{1,128}$/),
      runId: fc.string({ unit: 'grapheme' }),
      payload: fc.dictionary(fc.string(), fc.jsonValue()),
      expiresAt: fc.constantFrom(null, '2026-03-18T12:00:00.123456+00:00', '2026-03-18T12:00Z'),
    })
    fc.assert(
      fc.property(records, (record) => {
        const payload = JSON.parse(JSON.stringify(record.payload))
        const checked = { ...record, payload }
        expect(recordToWireJson(checked, JSON.stringify(payload))).toBe(JSON.stringify(toWire(checked)))
      }),
    )
  })
})
