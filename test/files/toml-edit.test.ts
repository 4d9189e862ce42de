import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { setTomlValues } from '../../src/files/toml-edit.js'

describe('setTomlValues', () => {
  it('replaces a value and keeps what stands around it', () => {
    const before = '# mine\n[hub]   # where\nurl = "old" # the old one\ntoken = 1\n\n[coord]\nowner = "g"\n'
    const after = '# mine\n[hub]   # where\nurl = "new" # the old one\ntoken = 1\n\n[coord]\nowner = "g"\n'
    expect(setTomlValues(before, 'hub', { url: 'new' })).toBe(after)
  })

  it('brings a key to life that stands there as a comment', () => {
    const before = '[hub]\n# The address.\n# url = "https://hub.example.com"\n'
    expect(setTomlValues(before, 'hub', { url: 'http://x' })).toBe('[hub]\n# The address.\nurl = "http://x"\n')
  })

  it('adds keys at the end of the section and sections at the end of the file', () => {
    expect(setTomlValues('[a]\nx = 1\n\n[b]\n', 'a', { y: '2' })).toBe('[a]\nx = 1\ny = "2"\n\n[b]\n')
    expect(setTomlValues('x = 1', '127.0.0.1:1337', { y: '2' })).toBe('x = 1\n\n["127.0.0.1:1337"]\ny = "2"\n')
    expect(setTomlValues('', 'a', { y: '2' })).toBe('[a]\ny = "2"\n')
  })

  it('keeps the line ends of Windows', () => {
    expect(setTomlValues('[a]\r\nx = "1"\r\n', 'a', { x: '2' })).toBe('[a]\r\nx = "2"\r\n')
  })

  it.each([
    'a = { x = "1" }\n',
    'text = """\n[a]\nx = "1"\n"""\n',
    '[a]\nx = """\nlong\n"""\n',
    '[a]\nx = ["1",\n"2"]\n',
    'a = 3\n',
    '[[a]]\nx = "1"\n',
    '[broken\n',
  ])('gives up on %j rather than damage it', (text) => {
    expect(setTomlValues(text, 'a', { x: 'new' })).toBeNull()
  })

  it('changes what was meant and nothing else, in any document', () => {
    const key = fc.stringMatching(/^[a-z]{1,3}$/)
    const value = fc.oneof(fc.string(), fc.boolean(), fc.integer({ min: -1000, max: 1000 }), fc.array(fc.string()))
    const document = fc.dictionary(fc.oneof(key, fc.constant('127.0.0.1:1337')), fc.dictionary(key, value))
    fc.assert(
      fc.property(
        document,
        fc.oneof(key, fc.constant('127.0.0.1:1337')),
        fc.dictionary(key, fc.string()),
        (tables, table, values) => {
          const edited = setTomlValues(stringify(tables), table, values)
          if (edited === null) return
          expect(JSON.parse(JSON.stringify(parse(edited)))).toEqual(
            JSON.parse(JSON.stringify({ ...tables, [table]: { ...tables[table], ...values } })),
          )
        },
      ),
    )
  })
})
