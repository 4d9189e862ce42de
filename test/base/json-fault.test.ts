import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { jsonFault } from '../../src/workspace/json-fault.js'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('jsonFault', () => {
  it('finds a fault exactly where JSON.parse finds one: in damaged documents', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ unit: fc.constantFrom(...'{}[],:"\\ 01.-eEtu\n\u0001') }))
      .map(([text, start, length, insert]) => {
        const at = start % (text.length + 1)
        return text.slice(0, at) + insert + text.slice(at + length)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged, fc.string({ unit: fc.constantFrom(...'{}[],:"01 ') })), (text) => {
        expect(jsonFault(text) === null).toBe(parses(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('takes time in proportion to the text, also where strings never end', () => {
    const started = performance.now()
    expect(jsonFault(`{"a": "${'\\"'.repeat(128 * 1024)}`)).toBe('expected a value, line 1, column 7')
    expect(jsonFault(`{"a": ${'['.repeat(256 * 1024)}`)).toMatch(/^ends where a value or \] belongs/)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
