import { describe, expect, it } from '@jest/globals'
import { parseAddress } from '../../plugins/addresses/address.js'
import { Comparisons } from '../../plugins/addresses/comparisons.js'
import { declaredConflicts } from '../../plugins/reserving/declared-conflicts.js'
import { createMachine } from '../support/machine.js'

/** Patterns that say nothing at their beginning, and cost as much as patterns can. */
const costly = (count: number, tail: string) =>
  Array.from({ length: count }, (_, n) => `${'{a,b}'.repeat(5)}${'*a'.repeat(480)}${n}${tail}`)

const ends = '2099-01-01T00:00:00Z'

describe('the comparisons of one question', () => {
  it('go on telling apart what people write, when costly ones have used up the steps of all', () => {
    const comparisons = new Comparisons()
    const [one, other] = [...costly(1, 'X'), ...costly(1, 'Y')].map((text) => parseAddress(text))
    if (one === undefined || other === undefined) throw new Error('there are two')
    for (let n = 0; n < 2000; n++) expect(comparisons.overlap(one, other)).toBe(true)
    const overlap = (left: string, right: string) => comparisons.overlap(parseAddress(left), parseAddress(right))
    expect(overlap('src/*.ts', 'src/a.md')).toBe(false)
    expect(overlap('src/**/test-*.ts', 'src/x/y/test-1.ts')).toBe(true)
    expect(overlap('src/a.ts::A.*', 'src/a.ts::B.x')).toBe(false)
  })

  it('come to an end, and count as meeting from there on', () => {
    const comparisons = new Comparisons(1_000_000)
    const [one, other] = [...costly(1, 'X'), ...costly(1, 'Y')].map((text) => parseAddress(text))
    const [some, apart] = ['src/*.ts', 'src/a.md'].map((text) => parseAddress(text))
    if (!one || !other || !some || !apart) throw new Error('there are four')
    let told = 0
    while (!comparisons.overlap(some, apart) && told < 10_000) {
      comparisons.overlap(one, other)
      told++
    }
    expect(told).toBeGreaterThan(100)
    expect(told).toBeLessThan(10_000)
  })

  it('give a party its own share, and take nothing of another’s', () => {
    const comparisons = new Comparisons()
    const [greedy, modest, third] = [{}, {}, {}]
    const [pattern] = costly(1, 'X').map((text) => parseAddress(text))
    const plain = ['src/*.ts', 'src/a.md'].map((text) => parseAddress(text))
    if (pattern === undefined || plain[0] === undefined || plain[1] === undefined) throw new Error('there are three')
    let looked = 0
    while (comparisons.overlapOf([greedy, third], pattern, pattern) !== null) looked++
    expect(looked).toBeGreaterThan(10)
    expect(comparisons.isUsedUp(modest)).toBe(false)
    expect(comparisons.overlapOf([modest, {}], plain[0], plain[1])).toBe(false)
  })
})

describe('reservations with many costly patterns', () => {
  it('count as meeting each other and the rest, and hide no meeting of others', async () => {
    const { session, write } = await createMachine()
    const reservation = (name: string, addresses: readonly string[]) => ({
      [`reservations/${name}.json`]: { reservation_id: name, run_id: `run-${name}`, addresses, expires_at: ends },
    })
    write(
      Object.assign(
        {},
        ...Array.from({ length: 8 }, (_, n) => reservation(`costly${n}`, costly(200, String.fromCharCode(65 + n)))),
        reservation('a', ['src/billing/*.py', 'src/a.ts']),
        reservation('b', ['src/billing/tax.py']),
        reservation('c', ['docs/*.md']),
      ),
    )
    const { conflicts } = declaredConflicts(session)
    const pairs = new Set(conflicts.map(({ agents }) => [...agents].sort().join(' ')))
    expect(pairs).toContain('run-a run-b')
    expect(pairs).not.toContain('run-a run-c')
    expect(pairs).not.toContain('run-b run-c')
    for (let n = 1; n < 8; n++) expect(pairs).toContain(`run-costly${n - 1} run-costly${n}`)
  })
})
