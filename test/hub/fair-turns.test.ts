import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { BulkTurns } from '../../src/hub/bulk-turns.js'
import { ByteRate } from '../../src/hub/byte-rate.js'
import { Turnstile } from '../../src/hub/turnstile.js'

/** Resolves once nothing that was begun before goes on by itself. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await nextTurn()
}

describe('bulk work', () => {
  it('is done one part a turn of the event loop, for each who asks by turns', async () => {
    const bulk = new BulkTurns()
    const done: string[] = []
    const work = (who: string) => void bulk.next(who).then(() => done.push(who))
    for (const who of ['a', 'a', 'a', 'b', 'b', 'c']) work(who)
    await nextTurn()
    expect(done).toHaveLength(1)
    await settled()
    expect(done.join(' ')).toBe('a b c a b a')
  })

  it('begins again after nobody waited', async () => {
    const bulk = new BulkTurns()
    await bulk.next('a')
    await settled()
    await bulk.next('a')
  })

  it('of one who waits for much does not hold up the first part of another', async () => {
    const bulk = new BulkTurns()
    const done: string[] = []
    const work = (who: string) => void bulk.next(who).then(() => done.push(who))
    for (let n = 0; n < 1000; n++) work('greedy')
    await bulk.next('modest')
    expect(done.length).toBeLessThan(3)
  })

  it('that takes longer than its turn is two parts at once, by turns of those who ask, and holds up nothing else', async () => {
    const bulk = new BulkTurns()
    const begun: string[] = []
    const ends = new Map<string, (outcome: Promise<string> | string) => void>()
    const work = (who: string, part: string) =>
      bulk.do(who, () => {
        begun.push(part)
        return new Promise<string>((end) => ends.set(part, end))
      })
    const [a1] = [work('a', 'a1'), work('a', 'a2'), work('a', 'a3')]
    const b1 = work('b', 'b1')
    await settled()
    expect(begun).toEqual(['a1', 'b1'])
    await bulk.next('a')
    await bulk.next('c')
    ends.get('a1')?.('read')
    expect(await a1).toBe('read')
    await settled()
    expect(begun).toEqual(['a1', 'b1', 'a2'])
    ends.get('b1')?.(Promise.reject(new Error('the database is gone')))
    await expect(b1).rejects.toThrow('the database is gone')
    await settled()
    expect(begun).toEqual(['a1', 'b1', 'a2', 'a3'])
  })
})

describe('a turnstile', () => {
  it('lets nobody have more than so many wait, and others none the less', async () => {
    const turnstile = new Turnstile(10)
    const leave = await turnstile.enter('a', 10)
    const waiting = Array.from({ length: 65 }, () => turnstile.enter('a', 1))
    const other = turnstile.enter('b', 1)
    const [refused] = await Promise.allSettled(waiting.slice(64))
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'HUB_BUSY' } })
    leave()
    await other
    for (const entered of waiting.slice(0, 64)) (await entered)()
    await turnstile.enter('a', 1)
  })

  it('lets in what there is room for, and then those who wait by turns', async () => {
    const turnstile = new Turnstile(10)
    const entered: string[] = []
    const leaves: (() => void)[] = []
    const enter = (who: string, bytes: number) =>
      void turnstile.enter(who, bytes).then((leave) => {
        entered.push(who)
        leaves.push(leave)
      })
    for (const who of ['a', 'a', 'a', 'a', 'b']) enter(who, 5)
    await settled()
    expect(entered.join(' ')).toBe('a a')
    leaves[0]?.()
    leaves[0]?.()
    await settled()
    expect(entered.join(' ')).toBe('a a a')
    leaves[1]?.()
    await settled()
    expect(entered.join(' ')).toBe('a a a b')
    leaves[2]?.()
    leaves[3]?.()
    await settled()
    expect(entered.join(' ')).toBe('a a a b a')
  })

  it('keeps nothing of who has gone while it waited', async () => {
    const turnstile = new Turnstile(10)
    const leave = await turnstile.enter('a', 10)
    const gone: (() => void)[] = []
    const waiting = turnstile.enter('b', 10, (end) => gone.push(end))
    const behind = turnstile.enter('b', 10, (end) => gone.push(end))
    gone[0]?.()
    await expect(waiting).rejects.toMatchObject({ code: 'BODY_INVALID' })
    leave()
    const leaveBehind = await behind
    // Who is in leaves by what it was given, and by nothing else.
    gone[1]?.()
    leaveBehind()
    await turnstile.enter('c', 10)
  })

  it('lets in at once who stood behind one that has gone, where there is room', async () => {
    const turnstile = new Turnstile(10)
    await turnstile.enter('a', 5)
    const gone: (() => void)[] = []
    const waiting = turnstile.enter('b', 9, (end) => gone.push(end))
    let isIn = false
    void turnstile.enter('c', 5).then(() => {
      isIn = true
    })
    await settled()
    expect(isIn).toBe(false)
    gone[0]?.()
    await expect(waiting).rejects.toMatchObject({ code: 'BODY_INVALID' })
    await settled()
    expect(isIn).toBe(true)
  })

  it('lets in alone what is more than there is room for', async () => {
    const turnstile = new Turnstile(10)
    const leave = await turnstile.enter('a', 99)
    let isIn = false
    void turnstile.enter('b', 1).then(() => {
      isIn = true
    })
    await settled()
    expect(isIn).toBe(false)
    leave()
    await settled()
    expect(isIn).toBe(true)
  })
})

describe('a rate of bytes', () => {
  it('lets a minute’s worth pass at once, then asks to wait, each by itself', () => {
    const rate = new ByteRate(10)
    rate.count('a', 600)
    expect(rate.wait('a')).toBe(0)
    rate.count('a', 100)
    expect(rate.wait('a')).toBeGreaterThan(0)
    expect(rate.wait('b')).toBe(0)
  })
})
