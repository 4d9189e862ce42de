import type { Signer } from '../../support/start-hub.js'
import { PAGE, WRITERS } from './contender.js'
import { BATCH, batchesOf, bodyOf } from './rows.js'
import { answered } from './running-hubs.js'

type Fetch = Signer['fetch']

const SMALL_RECORDS = 20_000
const LARGE_RECORDS = 60
const LARGE_CHARACTERS = 240_000

const HEADERS = { 'content-encoding': 'gzip' }

let marks = 0

/** What one client can keep a hub busy with, told as what it does. Each resolves with how many records it has moved. */
export const BULKS = {
  'pushes batches': async (fetch: Fetch) => {
    const bodies = batchesOf(BATCH * WRITERS, `${process.pid}-${marks++}`).map(bodyOf)
    await Promise.all(bodies.map((body) => push(fetch, 'pushed', body)))
    return BATCH * WRITERS
  },
  'pulls small records': (fetch: Fetch) => pullAtOnce(fetch, 'small-records'),
  'pulls large records': (fetch: Fetch) => pullAtOnce(fetch, 'large-records'),
} as const

export type Bulk = keyof typeof BULKS

/** Makes what the pulls read. */
export async function fillForBulk(fetch: Fetch): Promise<void> {
  for (const batch of batchesOf(SMALL_RECORDS, 'small')) await push(fetch, 'small-records', bodyOf(batch))
  const text = 'x'.repeat(LARGE_CHARACTERS)
  for (let n = 0; n < LARGE_RECORDS; n++) {
    const record = { kind: 'task', record_id: `large${n}`, run_id: 'r', payload: { text }, expires_at: null }
    await answered(fetch('/ada/large-records/coord/push', { method: 'POST', body: { records: [record] } }))
  }
}

async function push(fetch: Fetch, slug: string, body: Buffer): Promise<void> {
  await answered(fetch(`/ada/${slug}/coord/push`, { method: 'POST', body, headers: HEADERS }))
}

async function pullAtOnce(fetch: Fetch, slug: string): Promise<number> {
  const counts = await Promise.all(Array.from({ length: WRITERS }, () => pullAll(fetch, slug)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function pullAll(fetch: Fetch, slug: string): Promise<number> {
  let count = 0
  for (let cursor = 0; ; ) {
    const path = `/ada/${slug}/coord/pull?since_id=${cursor}&limit=${PAGE}`
    const response = await fetch(path)
    // What a hub gives to one handle is bounded in bytes, and a client waits as it is told.
    if (response.status === 429) {
      const { headers } = response
      await response.arrayBuffer()
      await new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after') ?? 1) * 1000))
      continue
    }
    const page = await answered<{ records: object[]; cursor: number; has_more: boolean }>(Promise.resolve(response))
    count += page.records.length
    if (!page.has_more) return count
    cursor = page.cursor
  }
}
