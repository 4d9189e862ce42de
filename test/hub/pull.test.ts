import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CUT_PAGE_BYTES } from '../../src/record/protocol.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord, sentRecords } from './records.js'

interface Page {
  records: Record<string, unknown>[]
  cursor: number
  has_more: boolean
  epoch: string
}

describe('pull', () => {
  let hub: StartedHub
  let gabriel: Signer

  beforeAll(async () => {
    hub = await startHub()
    gabriel = await hub.register('gabriel')
    const mixed = sentRecords(10).map((record, index) => (index % 3 === 0 ? { ...record, kind: 'intent' } : record))
    await push('mixed', mixed)
  })
  afterAll(() => hub.close())

  async function push(slug: string, records: unknown[]) {
    const answer = await gabriel.fetch(`/gabriel/${slug}/coord/push`, { method: 'POST', body: { records } })
    expect(answer.status).toBe(200)
    return answer.json()
  }

  async function pull(slug: string, query = '') {
    const answer = await gabriel.fetch(`/gabriel/${slug}/coord/pull${query}`)
    return { status: answer.status, page: (await answer.json()) as Page & { detail: string; status: string } }
  }

  it('hands out whole records, oldest first', async () => {
    const { page } = await pull('mixed', '?limit=1')
    expect(page).toEqual({
      position: expect.stringMatching(/^10\.[0-9a-z]+\.[\w-]{22}$/),
      records: [
        {
          id: 1,
          ...sentRecord('r0', { kind: 'intent' }),
          author: 'gabriel',
          token: null,
          received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        },
      ],
      cursor: 1,
      has_more: true,
      floor_id: 0,
      epoch: hub.store.epoch,
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      features: ['first'],
    })
  })

  it('goes on from a cursor to the end and repeats the cursor there', async () => {
    const seen: unknown[] = []
    let cursor = 0
    let more = true
    while (more) {
      const { page } = await pull('mixed', `?since_id=${cursor}&limit=3`)
      seen.push(...page.records.map((record) => record.id))
      cursor = page.cursor
      more = page.has_more
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect((await pull('mixed', `?since_id=${cursor}`)).page).toMatchObject({
      records: [],
      cursor: 10,
      has_more: false,
    })
  })

  it.each([
    ['?kinds=intent', [1, 4, 7, 10]],
    ['?kinds=intent&kinds=reservation', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['?kinds=intent,task', [1, 4, 7, 10]],
    ['?kinds=task', []],
    ['?kinds=', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ])('filters by kind with %s and moves the cursor to the end of the space', async (query, ids) => {
    const { page } = await pull('mixed', query)
    expect(page.records.map((record) => record.id)).toEqual(ids)
    expect(page).toMatchObject({ cursor: 10, has_more: false })
  })

  it('keeps the cursor at the last record of a filtered page when there is more', async () => {
    expect((await pull('mixed', '?kinds=intent&limit=2')).page).toMatchObject({ cursor: 4, has_more: true })
  })

  it.each([
    ['since_id=-1', 'since_id must be >= 0'],
    ['since_id=x', 'since_id must be integer'],
    ['since_id=1.5', 'since_id must be integer'],
    ['since_id=0x1', 'since_id must be integer'],
    ['since_id=1e2', 'since_id must be integer'],
    ['since_id=%201', 'since_id must be integer'],
    ['limit=0b1', 'limit must be integer'],
    ['since_id=', 'since_id must be integer'],
    ['since_id=1&since_id=2', 'since_id must be integer'],
    ['since_id=99999999999999999999', 'since_id must be <='],
    ['limit=0', 'limit must be >= 1'],
    ['limit=1001', 'limit must be <= 1000'],
    ['limit=all', 'limit must be integer'],
    ['kinds=../x', '"../x" is no name of a kind'],
    ['kinds=Reservation', '"Reservation" is no name of a kind'],
    [`kinds=${Array.from({ length: 65 }, () => 'a').join(',')}`, 'more than 64 kinds'],
  ])('refuses %s', async (query, detail) => {
    const { status, page } = await pull('mixed', `?${query}`)
    expect({ status, page }).toMatchObject({ status: 400, page: { status: 'bad_args' } })
    expect(page.detail).toContain(detail)
  })

  it('says so when a cursor is beyond the end', async () => {
    const { status, page } = await pull('mixed', '?since_id=11')
    expect({ status, page }).toMatchObject({ status: 409, page: { status: 'cursor_ahead' } })
    expect(page.detail).toContain('since_id 11 is beyond the end of the space (10)')
  })

  it('cuts a page of large records short and misses none of them', async () => {
    const large = Array.from({ length: 80 }, (_, index) =>
      sentRecord(`l${index}`, { kind: 'task', payload: { text: 'x'.repeat(250_000) } }),
    )
    await push('large', large.slice(0, 40))
    await push('large', large.slice(40))
    const ids: unknown[] = []
    for (let cursor = 0, more = true; more; ) {
      const answer = await gabriel.fetch(`/gabriel/large/coord/pull?limit=1000&since_id=${cursor}`)
      const text = await answer.text()
      const page = JSON.parse(text) as Page
      expect(text.length).toBeLessThanOrEqual(1024 * 1024)
      // Less would be taken for a hub that hands out little by little, to be asked for ever.
      if (page.has_more) expect(text.length).toBeGreaterThanOrEqual(CUT_PAGE_BYTES)
      ids.push(...page.records.map((record) => record.record_id))
      cursor = page.cursor
      more = page.has_more
    }
    expect(ids).toEqual(large.map((record) => record.record_id))
  })

  it('reads pages of 1,000 whole', async () => {
    await push('thousand', sentRecords(1000))
    const { page } = await pull('thousand', '?limit=1000')
    expect(page.records.map((record) => record.id)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    expect(page).toMatchObject({ cursor: 1000, has_more: false })
  })
})
