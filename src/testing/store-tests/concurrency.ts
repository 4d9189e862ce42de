import assert from 'node:assert/strict'
import type { Space } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import { assertSame, at, incoming, page, push, readAll, type StoreTest, several } from './store-test.js'

/** Two openings of one store stand for two hubs in front of it. */
async function twoHubs(open: () => Promise<Store>): Promise<[Store, Store, Space]> {
  const [one, other] = await Promise.all([open(), open()])
  return [one, other, await one.createSpace('ada', 'engine')]
}

export const concurrencyTests: readonly StoreTest[] = [
  {
    name: 'hands out each id once, without gaps, to writers that push at once through two hubs',
    async run({ open }) {
      const [one, other, space] = await twoHubs(open)
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) => push(n % 2 === 0 ? one : other, space, several(5, `w${n}-`))),
      )
      assertSame(
        answers.map(({ cursor }) => cursor).sort((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => (n + 1) * 5),
      )
      const records = await readAll(one, space)
      assertSame(
        records.map(({ id }) => id),
        Array.from({ length: 200 }, (_, n) => n + 1),
      )
      // The records of one push stand together, in the order in which they were sent.
      for (let start = 0; start < 200; start += 5) {
        const [first] = records.slice(start, start + 5)
        const writer = first?.recordId.split('-')[0]
        const names = records.slice(start, start + 5).map(({ recordId }) => recordId)
        assertSame(
          names,
          Array.from({ length: 5 }, (_, n) => `${writer}-${n}`),
        )
      }
    },
  },
  {
    name: 'lets exactly one of many contenders win each lease',
    async run({ open }) {
      const [one, other, space] = await twoHubs(open)
      const claims = 25
      const wins = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const won: string[] = []
          for (let task = 0; task < claims; task++) {
            const claim = incoming({ kind: 'claim', recordId: `t${task}`, runId: `run-${n}`, expiresAt: at(60) })
            const answer = await push(n % 2 === 0 ? one : other, space, [claim], { author: `handle-${n}` })
            assert.equal(answer.leases.length + answer.conflicts.length, 1)
            won.push(...answer.leases.map(({ recordId }) => recordId))
          }
          return won
        }),
      )
      assert.equal(wins.flat().length, claims)
      assert.equal(new Set(wins.flat()).size, claims)
    },
  },
  {
    name: 'keeps one of several first contents of a record, and tells all others',
    async run({ open }) {
      const [one, other, space] = await twoHubs(open)
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          push(n % 2 === 0 ? one : other, space, [incoming({ payloadJson: `{"n":${n}}` })]),
        ),
      )
      assert.equal(answers.filter(({ inserted }) => inserted === 1).length, 1)
      assert.equal(answers.filter(({ conflicts }) => conflicts[0]?.reason === 'different_content').length, 11)
      const winner = answers.findIndex(({ inserted }) => inserted === 1)
      assert.equal((await readAll(one, space))[0]?.payloadJson, `{"n":${winner}}`)
    },
  },
  {
    name: 'fixes one rule when a kind comes for the first time in several pushes at once',
    async run({ open }) {
      const [one, other, space] = await twoHubs(open)
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => {
          const rules = new Map([['lock', n % 2 === 0 ? ('lease' as const) : ('latest' as const)]])
          return push(n % 3 === 0 ? one : other, space, [incoming({ kind: 'lock', recordId: `l${n}` })], { rules })
        }),
      )
      const taken = answers.map(({ inserted }, n) => [inserted, n % 2]).filter(([inserted]) => inserted === 1)
      assert.equal(taken.length, 5)
      assert.equal(new Set(taken.map(([, rule]) => rule)).size, 1)
    },
  },
  {
    name: 'lets a reader miss nothing and see nothing twice while writers push through two hubs',
    async run({ open }) {
      const [one, other, space] = await twoHubs(open)
      const [writers, pushes, size] = [8, 15, 3]
      let writing = true
      const seen: number[] = []
      const names = new Set<string>()

      const reader = (async () => {
        for (let cursor = 0, last = false; ; ) {
          // Looked at before the page is read: what came in between is in the page after this one.
          last = !writing
          const { records, lastId, hasMore } = await page(other, space, cursor)
          for (const { id, recordId } of records) {
            seen.push(id)
            names.add(recordId)
          }
          cursor = hasMore ? (records.at(-1)?.id ?? cursor) : lastId
          if (last && !hasMore) return
          await new Promise(setImmediate)
        }
      })()
      await Promise.all(
        Array.from({ length: writers }, async (_, n) => {
          for (let round = 0; round < pushes; round++) {
            await push(n % 2 === 0 ? one : other, space, several(size, `w${n}-${round}-`))
          }
        }),
      )
      writing = false
      await reader

      const total = writers * pushes * size
      assertSame(
        seen,
        Array.from({ length: total }, (_, n) => n + 1),
      )
      assert.equal(names.size, total)
    },
  },
]
