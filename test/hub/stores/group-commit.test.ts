import { describe, expect, it } from '@jest/globals'
import { GroupCommit } from '../../../src/hub/stores/group-commit.js'

/** A database that takes one transaction at a time, and notes what was in each. */
function database({ limit = 3, limitBesideLight = 3, bulk = 99, isLocked = (): boolean => false } = {}) {
  const commits: string[][] = []
  const group = new GroupCommit<string, string, string>({
    async commit(key, take) {
      await Promise.resolve()
      if (isLocked()) throw new Error('locked')
      const items = take()
      if (items.includes('bad')) throw new Error('bad')
      commits.push([key, ...items])
      return items.map((item) => `${item}!`)
    },
    weigh: (item) => (item === 'heavy' ? 9 : item.startsWith('bulk') ? 5 : 1),
    limit,
    limitBesideLight,
    bulk,
    isOfOne: (thrown) => (thrown as Error).message === 'bad',
  })
  return { commits, group, add: (...items: string[]) => items.map((item) => group.add('a', item)) }
}

describe('a group commit', () => {
  it('holds what came at once, up to its limit, in order, and answers each with its own result', async () => {
    const { commits, add } = database()
    expect(await Promise.all(add('1', '2', '3', '4'))).toEqual(['1!', '2!', '3!', '4!'])
    expect(commits).toEqual([
      ['a', '1', '2', '3'],
      ['a', '4'],
    ])
  })

  it('is never of two keys', async () => {
    const { commits, group } = database()
    await Promise.all([group.add('a', '1'), group.add('b', '2'), group.add('a', '3')])
    expect(commits).toEqual([
      ['a', '1', '3'],
      ['b', '2'],
    ])
  })

  it('holds one that is above the limit alone', async () => {
    const { commits, add } = database()
    await Promise.all(add('1', 'heavy', '2'))
    expect(commits).toEqual([
      ['a', '1'],
      ['a', 'heavy'],
      ['a', '2'],
    ])
  })

  it('lets light ones go before bulk by themselves, and passes no bulk over twice', async () => {
    const { commits, group, add } = database({ limit: 8, limitBesideLight: 8, bulk: 4 })
    const later: Promise<string>[] = []
    const [first] = add('bulk 1', 'bulk 2', 'bulk 3', '1', '2')
    void first?.then(() => later.push(...add('3', '4')))
    await Promise.all(add('5'))
    await first
    await Promise.all(add('6'))
    await Promise.all(later)
    await group.drained()
    expect(commits).toEqual([
      ['a', '1', '2', '5'],
      ['a', 'bulk 1'],
      ['a', '3', '4', '6'],
      ['a', 'bulk 2'],
      ['a', 'bulk 3'],
    ])
  })

  it('takes along with bulk that was passed over what light ones have come since', async () => {
    const { commits, add } = database({ limit: 8, limitBesideLight: 8, bulk: 4 })
    const later: Promise<string>[] = []
    const [light] = add('1', 'bulk 1', 'bulk 2')
    await light?.then(() => later.push(...add('2', '3', '4')))
    await Promise.all([...later, ...add('5')])
    expect(commits.slice(0, 2)).toEqual([
      ['a', '1'],
      ['a', 'bulk 1', '2', '3', '4'],
    ])
  })

  it('is joined, where it is taken for again, by the light ones that have come, as far as there is room', async () => {
    const commits: string[][] = []
    const group = new GroupCommit<string, string, string>({
      async commit(_, take) {
        const first = take()
        await new Promise((resolve) => setImmediate(resolve))
        const items = [...first, ...take()]
        commits.push(items)
        return items.map((item) => `${item}!`)
      },
      weigh: (item) => (item.startsWith('bulk') ? 5 : 1),
      limit: 8,
      limitBesideLight: 8,
      bulk: 4,
      isOfOne: () => false,
    })
    const added = [group.add('a', 'bulk 1')]
    setImmediate(() => added.push(...['bulk 2', '1', '2', '3', '4'].map((item) => group.add('a', item))))
    await added[0]
    expect(await Promise.all(added)).toEqual(['bulk 1!', 'bulk 2!', '1!', '2!', '3!', '4!'])
    expect(commits[0]).toEqual(['bulk 1', '1', '2', '3'])
  })

  it('holds less bulk while light ones come', async () => {
    const { commits, add } = database({ limit: 15, limitBesideLight: 5, bulk: 4 })
    await Promise.all(add('bulk 1', 'bulk 2', 'bulk 3'))
    await Promise.all(add('1', 'bulk 4', 'bulk 5', 'bulk 6'))
    expect(commits).toEqual([
      ['a', 'bulk 1', 'bulk 2', 'bulk 3'],
      ['a', '1'],
      ['a', 'bulk 4'],
      ['a', 'bulk 5'],
      ['a', 'bulk 6'],
    ])
  })

  it('lets in between two of bulk what arrives meanwhile', async () => {
    const { commits, add } = database({ limit: 8, limitBesideLight: 8, bulk: 4 })
    const bulk = add('bulk 1', 'bulk 2', 'bulk 3', 'bulk 4')
    await bulk[0]
    // As a request does: by an event of its own.
    const light = await new Promise<Promise<string>[]>((arrive) => setImmediate(() => arrive(add('1'))))
    await Promise.all([...bulk, ...light])
    expect(commits.findIndex((items) => items.includes('1'))).toBeLessThanOrEqual(2)
    expect(commits).toHaveLength(5)
  })

  it('is done again one by one when one is at fault, and only that one fails', async () => {
    const { commits, add } = database()
    const done = await Promise.allSettled(add('1', 'bad', '2'))
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(commits).toEqual([
      ['a', '1'],
      ['a', '2'],
    ])
  })

  it('that cannot begin fails everybody who waits, and those who come later begin anew', async () => {
    let locked = true
    const { group, add } = database({ isLocked: () => locked })
    const done = await Promise.allSettled(add('1', '2', '3', '4', '5'))
    expect(done.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
    locked = false
    expect(await group.add('a', '6')).toBe('6!')
    await group.drained()
  })
})
