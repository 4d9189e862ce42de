import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { MAX_ADDRESS_LENGTH, parseAddress } from '../../plugins/addresses/address.js'
import { AddressIndex, pathsNear } from '../../plugins/addresses/address-index.js'
import { namesMeet, newSteps } from '../../plugins/addresses/names-meet.js'
import { addressesOverlap, overlaps } from '../../plugins/addresses/overlaps.js'
import { growthOfCpu } from '../support/cpu-time.js'

describe('addresses overlap', () => {
  it.each([
    ['src/a.ts::f', 'src/a.ts::f', 'by symbol'],
    ['src/a.ts', 'src/a.ts::f', 'when a file holds a symbol'],
    ['src/a.ts::Parser', 'src/a.ts::Parser.next', 'when a class holds a member'],
    ['src/a.rs::parser', 'src/a.rs::parser::Parser', 'when a module holds a type'],
    ['src/a.ts::test_*', 'src/a.ts::test_parse', 'by a glob of symbols'],
    ['src', 'src/a.ts', 'by folder'],
    ['src/', 'src/deep/er/a.ts::f', 'by folder, to a symbol far below'],
    ['.', 'anything/at/all.md', 'when one is the whole repository'],
    ['v1.2', 'v1.2/notes.md', 'by folder, where only the other shows that it is one'],
    ['./src//a.ts', 'src/a.ts', 'however the path is spelt'],
    ['src/**', 'src/a.ts::f', 'by glob'],
    ['src/**', 'src', 'when a glob covers a folder and what is in it'],
    ['src/*.ts', 'src/a.ts', 'by glob in one folder'],
    ['src/*.{js,ts}', 'src/a.ts', 'by braces'],
    ['src/**/*.ts', 'src/lib', 'when a glob reaches into a folder'],
    ['src/**/*.ts', '**/test/*', 'by two globs that some path fits'],
    ['a*c', '*b*', 'by two globs of a name'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx::Page', 'with brackets in a name'],
    ['caf\u00e9.ts', 'cafe\u0301.ts', 'in either normal form of a letter'],
  ])('%s and %s: %s', (one, other) => {
    expect(overlaps(one, other)).toBe(true)
    expect(overlaps(other, one)).toBe(true)
  })

  it.each([
    ['src/a.ts::f', 'src/a.ts::g', 'two symbols'],
    ['src/a.ts::Parser.next', 'src/a.ts::Parser.peek', 'two members'],
    ['src/a.ts::Parse', 'src/a.ts::Parser', 'a symbol and one that begins alike'],
    ['src/a.ts', 'src/b.ts', 'two files'],
    ['src', 'src2/a.ts', 'a folder and one that begins alike'],
    ['a.ts', 'src/a.ts', 'the same name in two folders'],
    ['src/*.ts', 'src/deep/a.ts', 'a glob of one folder and a file below it'],
    ['src/*.ts', 'src/a.js', 'two extensions'],
    ['src/**/*.ts', 'README.md', 'a glob and a file that is no folder'],
    ['src/*.ts', '**/*.js', 'two globs that no path fits'],
    ['src/**', 'test/**', 'two trees'],
    ['a*b', 'a*c', 'two globs of a name that end differently'],
    ['src/a.ts::f', 'src/a.ts/b', 'a symbol and a path below its file'],
    ['SRC/a.ts', 'src/a.ts', 'upper and lower case'],
    ['app/[id]/page.tsx', 'app/i/page.tsx', 'brackets, which are characters'],
  ])('not %s and %s: %s', (one, other) => {
    expect(overlaps(one, other)).toBe(false)
    expect(overlaps(other, one)).toBe(false)
  })
})

// Every name and path that a witness could need: the patterns below hold two plain characters a name at the most.
const LETTERS = ['a', 'b']
const NAMES = sequences(LETTERS, 4).map((letters) => letters.join(''))
const SHORT_NAMES = NAMES.filter((name) => name.length <= 2)
const PATHS = sequences(SHORT_NAMES, 4).map((names) => names.join('/'))

const wildName = fc
  .array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 4 })
  .map((characters) => characters.join('').replace(/\*+/g, '*'))
  .filter((name) => name.replaceAll('*', '').length <= 2)
const shortWildName = fc.constantFrom('a', 'b', '*', '?', 'a*', '*b', 'ab', 'a?')
const glob = fc
  .array(fc.oneof(shortWildName, fc.constant('**')), { minLength: 1, maxLength: 3 })
  .map((n) => n.join('/'))
const symbol = fc.array(fc.constantFrom('f', 'g', 'f*'), { minLength: 1, maxLength: 2 }).map((n) => n.join('.'))
const address = fc.oneof(
  glob,
  fc.tuple(glob, symbol).map(([path, name]) => `${path}::${name}`),
  fc.constantFrom('src/a.ts', 'src/', 'src', 'src/*.{js,ts}', 'v1.2', '.', '', '::', '{', '{a,{b,c}}/x', 'a//b/./c'),
)

describe('the rule of overlapping', () => {
  it('finds that two patterns of a name meet exactly when some name fits both', () => {
    fc.assert(
      fc.property(wildName, wildName, (one, other) => {
        const [fitsOne, fitsOther] = [matcher(one), matcher(other)]
        expect(namesMeet(one, other)).toBe(NAMES.some((name) => fitsOne.test(`/${name}`) && fitsOther.test(`/${name}`)))
      }),
      { numRuns: 2000 },
    )
  })

  it('finds that two globs overlap exactly when some path fits both', () => {
    const wild = glob.filter((text) => /[*?]/.test(text.split('/').at(-1) as string))
    fc.assert(
      fc.property(wild, wild, (one, other) => {
        const [fitsOne, fitsOther] = [matcher(one), matcher(other)]
        expect(overlaps(one, other)).toBe(PATHS.some((path) => fitsOne.test(`/${path}`) && fitsOther.test(`/${path}`)))
      }),
      { numRuns: 300 },
    )
  })

  it('is symmetric, and every address overlaps itself', () => {
    fc.assert(
      fc.property(fc.oneof(address, fc.string()), fc.oneof(address, fc.string()), (one, other) => {
        expect(overlaps(one, other)).toBe(overlaps(other, one))
        expect(overlaps(one, one)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is symmetric where the budget is used up on the way of one side alone', () => {
    const [long, wild] = ['{'.repeat(12_000), `${'d*>oc*'.repeat(15)}d*>oa*../b*c*d*e*f`]
    expect(overlaps(long, wild)).toBe(overlaps(wild, long))
  })

  it('holds for whatever is around an address when it holds for the address', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        fc.pre(overlaps(one, other))
        expect(overlaps('**', other)).toBe(true)
        const [path = ''] = one.split('::')
        expect(overlaps(path, other)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('only where a path of one lies at, above or below one of the other, in whatever case', () => {
    fc.assert(
      fc.property(address, address, fc.boolean(), (one, other, ignoresCase) => {
        const [upper, where] = [ignoresCase ? one.toUpperCase() : one, { ignoresCase }]
        fc.pre(addressesOverlap(parseAddress(upper, where), parseAddress(other, where)))
        const isAbove = (path: string, below: string) => path === '' || `${below}/`.startsWith(`${path}/`)
        expect(
          pathsNear(upper).some((path) =>
            pathsNear(other).some((otherPath) => isAbove(path, otherPath) || isAbove(otherPath, path)),
          ),
        ).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes no longer for an address that was made to take long', () => {
    expectWithinBudget('*a'.repeat(500), '*b'.repeat(500))
    expectWithinBudget('**/a/'.repeat(200), '**/b/'.repeat(200))
    expectWithinBudget('{a,'.repeat(340), '{a,b}'.repeat(200))
    expectWithinBudget('*'.repeat(250_000), '{'.repeat(250_000))
    expect(parseAddress('{a,b}'.repeat(200)).paths).toHaveLength(1)
  })

  it.each([59, 99, 300, 1000])(
    'answers within its budget for two addresses of %i characters with many alternatives',
    (length) => {
      const made = (last: string) => `${'{a,b}'.repeat(8)}${'*a'.repeat(500)}`.slice(0, length - 1) + last
      expectWithinBudget(made('X'), made('Y'))
    },
  )

  it('takes two patterns for meeting when to find out would cost more than its budget', () => {
    const made = (last: string) => `${'*a'.repeat(400)}${last}`
    expect(overlaps(made('X'), made('Y'))).toBe(true)
    // What shows at the first name needs no budget.
    expect(overlaps(`src/${made('X')}`, `test/${made('Y')}`)).toBe(false)
    expect(overlaps(`${made('X')}::f`, `${made('X')}::g`)).toBe(false)
  })

  it('counts each two of many alternatives, though they have nothing to do with each other', () => {
    const [one, other] = ['c', 'd'].map((name) => parseAddress(`${'{a,b}/'.repeat(8)}${name}`))
    if (one === undefined || other === undefined) throw new Error('there are two')
    expect(one.paths).toHaveLength(256)
    const steps = newSteps()
    expect(addressesOverlap(one, other, steps)).toBe(true)
    expect(steps.left).toBeLessThan(0)
    expect(overlaps('src/{a,b,c}/{d,e}.{ts,js}', 'src/{a,b,c}/{x,y}.{ts,js}')).toBe(false)
  })

  it('reads braces that are never closed in one walk', async () => {
    const read = (count: number) => {
      for (let times = 0; times < 20; times++) parseAddress(`${'{'.repeat(count)}${'{a,b}'.repeat(4)}`)
    }
    // Ten for one walk, a hundred for one from each.
    expect(await growthOfCpu(100, 1000, read)).toBeLessThan(40)
  })

  it('reads as many alternatives of an address as can be read at once, and covers at least what they do', () => {
    const long = `{x,y}{x,y}{x,y}{x,y}{x,y}{x,y}{x,y}/${'a/'.repeat(450)}z`
    expect(parseAddress(long).paths).toHaveLength(1)
    expect(overlaps(long, `xyxyxyx/${'a/'.repeat(450)}z`)).toBe(true)
  })
})

describe('an index of addresses', () => {
  it('looks at those alone whose plain beginning fits, however many there are', () => {
    const index = new AddressIndex<number>({ ignoresCase: false })
    for (let n = 0; n < 3000; n++) index.add(`src/part-${n % 60}/file-${n}.ts`, n)
    for (const everywhere of ['**/*.md', 'src/part-*/x.ts']) index.add(everywhere, -1)
    const near = (text: string) => [...index.near(parseAddress(text))].length
    expect(near('src/part-7/file-67.ts')).toBe(3)
    expect(near('src/part-7/{file-67,file-127}.ts')).toBe(4)
    expect(near('src/part-7/**')).toBe(52)
    expect(near('docs/a.md')).toBe(1)
  })
})

/** What a comparison spends is what it looks at; the last row of pairs may begin within the budget and end beyond it. */
function expectWithinBudget(one: string, other: string): void {
  const steps = newSteps()
  overlaps(one, other, steps)
  expect(steps.left).toBeGreaterThanOrEqual(-(MAX_ADDRESS_LENGTH + 2))
}

/** An independent reading of the patterns: as a regular expression. */
function matcher(pattern: string): RegExp {
  const names = pattern.split('/').map((name) => {
    if (name === '**') return '**'
    return [...name].map((c) => (c === '*' ? '[^/]*' : c === '?' ? '[^/]' : c)).join('')
  })
  // Each name is led by a slash, so that no folders at all need no rule of their own.
  return new RegExp(`^${names.map((name) => (name === '**' ? '(?:/[^/]+)*' : `/(?=[^/])${name}`)).join('')}$`)
}

function sequences<T>(items: readonly T[], longest: number): T[][] {
  let layer: T[][] = [[]]
  const all: T[][] = []
  for (let length = 1; length <= longest; length++) {
    layer = layer.flatMap((sequence) => items.map((item) => [...sequence, item]))
    all.push(...layer)
  }
  return all
}
