import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compactText } from '../../src/base/json/compact.js'
import { EACH, type JsonPath } from '../../src/base/json/path.js'
import { type JsonFault, type JsonOutline, scanJson } from '../../src/base/json/scan.js'
import { growthOfCpu } from '../support/cpu-time.js'
import { blanks, oddText, spread } from '../support/odd-json.js'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function outlineOf(text: string, paths: readonly JsonPath[] = []): JsonOutline {
  const scan = scanJson(Buffer.from(text), {}, paths)
  if ('fault' in scan) throw new Error(scan.fault)
  return scan
}

function faultOf(bytes: string | Buffer, limits = {}): JsonFault {
  const scan = scanJson(Buffer.from(bytes), limits)
  if (!('fault' in scan)) throw new Error(`no fault in ${bytes}`)
  return scan
}

describe('scanJson', () => {
  it('takes what JSON.parse takes and nothing else', () => {
    const damaged = fc
      .tuple(
        fc.oneof(fc.json(), oddText),
        fc.nat(),
        fc.nat(3),
        fc.string({ unit: fc.constantFrom(...'{}[],:"\\ 01.-+eEtuf\n\u0001\u0000\u00a0\ufeff') }),
      )
      .map(([text, start, length, insert]) => {
        const at = start % (text.length + 1)
        return text.slice(0, at) + insert + text.slice(at + length)
      })
    const text = fc.oneof(fc.json(), oddText, damaged, fc.string({ unit: fc.constantFrom(...'{}[],:"01 -.e') }))
    fc.assert(
      fc.property(text, blanks, (compact, between) => {
        // What is no text any more became another on its way into bytes.
        for (const text of [compact, spread(compact, between)].map((it) => Buffer.from(it).toString())) {
          expect(!('fault' in scanJson(Buffer.from(text)))).toBe(parses(text))
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses what is no UTF-8', () => {
    expect(faultOf(Buffer.from([0x22, 0xff, 0x22])).fault).toBe('is no valid UTF-8')
    expect(faultOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).fault).toBe('is no valid UTF-8')
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        if ('fault' in scanJson(bytes)) return
        new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      }),
    )
  })

  it('names a byte order mark, which JSON.parse refuses too', () => {
    expect(faultOf('\ufeff{}').fault).toBe('begins with a byte order mark')
  })

  it('says where a document stops being one', () => {
    expect(faultOf('').fault).toBe('is no valid JSON: ends where a value belongs, line 1, column 1')
    expect(faultOf('{"é": 1,\n  "b" 2}').fault).toBe('is no valid JSON: expected :, line 2, column 7')
    expect(faultOf('["é😀", 01]').fault).toBe('is no valid JSON: expected , or ], line 1, column 10')
    expect(faultOf('{"a": "x\ny"}').fault).toBe('is no valid JSON: expected the rest of a string, line 1, column 9')
  })

  it('counts levels, values and the bytes of texts', () => {
    expect(outlineOf('{"a": [1, {"béé": []}], "c": "\\u0041"}')).toMatchObject({ depth: 4, values: 6, stringBytes: 6 })
    expect(outlineOf('1')).toMatchObject({ depth: 0, values: 1, stringBytes: 0 })
    fc.assert(
      fc.property(fc.jsonValue(), blanks, (value, between) => {
        const { depth, values } = outlineOf(spread(JSON.stringify(value), between))
        expect({ depth, values }).toEqual(measure(value))
      }),
    )
  })

  it('stops at a limit, wherever it is passed', () => {
    expect(faultOf('[[[]]]', { depth: 2 })).toEqual({ fault: 'is nested deeper than 2 levels', limit: 'depth' })
    expect(faultOf('[1,2,3]', { values: 3 })).toEqual({ fault: 'holds more than 3 values', limit: 'values' })
    expect(faultOf('{"name":1}', { stringBytes: 3 })).toEqual({
      fault: 'holds a text of more than 3 bytes',
      limit: 'stringBytes',
    })
    expect(scanJson(Buffer.from('[[1,"abc"]]'), { depth: 2, values: 4, stringBytes: 3 })).not.toHaveProperty('fault')
    // The limit is judged before what follows is looked at.
    expect(faultOf('[[[[[ and so on', { depth: 3 }).limit).toBe('depth')
  })

  it('takes time in proportion to the bytes, also where nothing ever ends', async () => {
    const endless: ((count: number) => string)[] = [
      (count) => `{"a": "${'\\"'.repeat(count)}`,
      (count) => '['.repeat(2 * count),
      (count) => `[${'{},'.repeat(count)}`,
    ]
    for (const made of endless) {
      const texts = { small: made(32 * 1024), large: made(256 * 1024) }
      const growth = await growthOfCpu(texts.small, texts.large, (text) => expect(faultOf(text).limit).toBeNull())
      // Eight times the bytes; by the square it would be 64.
      expect(growth).toBeLessThan(24)
    }
  })

  it('finds where the payload of each record lies', () => {
    const text = '{"kinds":{"payload":0},"records": [ {"payload": {"a": 1e400} ,"id":1}, {}, 7, {"pay\\u006coad":[ ]}]}'
    const { spans } = outlineOf(text, [
      ['records', EACH],
      ['records', EACH, 'payload'],
    ])
    const texts = spans.map((found) => found.map((span) => span && compactText(Buffer.from(text), span)))
    expect(texts).toEqual([
      ['{"payload":{"a":1e400},"id":1}', '{}', '7', '{"pay\\u006coad":[]}'],
      ['{"a":1e400}', undefined, undefined, '[]'],
    ])
  })

  it('finds the member that JSON.parse would give, where a name comes twice', () => {
    const twice = '{"records":[{"payload":1}],"records":[{"payload":2,"payload":{"payload":3}}]}'
    expect(found(twice, ['records', EACH, 'payload'])).toEqual([JSON.stringify({ payload: 3 })])
    expect(found('{"records":[1,2],"records":null}', ['records', EACH])).toEqual([])
    expect(found('{"a":{"b":1},"a":2}', ['a', 'b'])).toEqual([])
  })

  it('finds what JSON.parse gives, in any document', () => {
    fc.assert(
      fc.property(fc.array(oddText), blanks, (items, between) => {
        const text = spread(`{"a":[${items.join(',')}]}`, between)
        const { a } = JSON.parse(text) as { a: unknown[] }
        const payloads = found(text, ['a', EACH, 'payload'])
        expect(payloads).toHaveLength(a.length)
        for (const [index, item] of a.entries()) {
          const has = typeof item === 'object' && item !== null && Object.hasOwn(item, 'payload')
          const payload = payloads[index]
          expect(payload !== undefined).toBe(has && !Array.isArray(item))
          if (payload !== undefined) expect(JSON.parse(payload)).toEqual((item as { payload: unknown }).payload)
        }
      }),
    )
  })
})

describe('compactText', () => {
  it('takes away the blanks between tokens, and leaves each token as it is spelt', () => {
    fc.assert(
      fc.property(oddText, blanks, (text, between) => {
        const bytes = Buffer.from(spread(text, between))
        expect(compactText(bytes, { start: 0, end: bytes.length })).toBe(text)
      }),
    )
  })

  it('leaves blanks within texts alone', () => {
    const bytes = Buffer.from(' {"a b" : " \\" x "} ')
    expect(compactText(bytes, { start: 0, end: bytes.length })).toBe('{"a b":" \\" x "}')
  })
})

function found(text: string, path: JsonPath): (string | undefined)[] {
  const bytes = Buffer.from(text)
  return (outlineOf(text, [path]).spans[0] ?? []).map((span) => span && compactText(bytes, span))
}

function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 1 }
  const inner = Object.values(value).map(measure)
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: 1 + inner.reduce((sum, { values }) => sum + values, 0),
  }
}
