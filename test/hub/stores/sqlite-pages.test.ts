import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '../../../src/base/clock.js'
import { openStore } from '../../../src/hub/stores/open-store.js'
import type { Space } from '../../../src/hub/stores/space-directory.js'
import type { Store } from '../../../src/hub/stores/store.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const RECORDS = 50
/** Of every payload. */
const CHARACTERS = 1000

let store: Store
let space: Space

beforeAll(async () => {
  store = await openStore(temporaryDirectory(), systemClock)
  space = await store.createSpace('ada', 'engine')
  const text = JSON.stringify({ text: 'x'.repeat(CHARACTERS - '{"text":""}'.length) })
  const records = Array.from({ length: RECORDS }, (_, n) => {
    return { kind: 'task', recordId: `t${n}`, runId: 'r', payloadJson: text, expiresAt: null }
  })
  await store.push(space, { author: 'ada', records, rules: new Map([['task', 'once']]) })
})
afterAll(() => store.close())

describe('a page of a SQLite store', () => {
  it('has as many records as were asked for, and says whether there are more, wherever it ends', async () => {
    for (let limit = 0; limit <= RECORDS + 2; limit++) {
      const { records, hasMore, lastId } = await store.since(space, { sinceId: 0, limit, kinds: [] })
      const found = { limit, count: records.length, hasMore, lastId }
      expect(found).toEqual({ limit, count: Math.min(limit, RECORDS), hasMore: limit < RECORDS, lastId: RECORDS })
    }
  })

  it('ends with the record that takes it past its bytes', async () => {
    for (let fitting = 0; fitting < RECORDS; fitting++) {
      const query = { sinceId: 0, limit: 1000, kinds: [], bytes: fitting * CHARACTERS + 1 }
      const { records, hasMore } = await store.since(space, query)
      const found = { fitting, count: records.length, hasMore }
      expect(found).toEqual({ fitting, count: fitting + 1, hasMore: fitting + 1 < RECORDS })
    }
  })
})
