import { recordJson } from './record-json.js'
import type { Space, Store, StoreQuery } from './stores/store.js'

/** Records read from the store at once. Small enough that records of the largest size do not fill the memory. */
const CHUNK = 250

/** A page ends with the record that takes it past this many characters, well under what a client reads. */
const PAGE_CHARACTERS = 16 * 1024 * 1024

/** A page of records as JSON text, ready to be sent. */
export interface JsonPage {
  /** The records, divided by commas. */
  readonly recordsJson: string
  readonly count: number
  /** Up to where the reader has everything it asked for. */
  readonly cursor: number
  /** The last id of the space. */
  readonly lastId: number
  /** The highest id that retention has removed; 0: none. */
  readonly floorId: number
  readonly hasMore: boolean
  /** The store's clock, milliseconds since 1970. */
  readonly now: number
}

/**
 * Reads a page and writes it as JSON around the payloads, which stay the text they are. It is cut short, with
 * `hasMore`, where it grows too large.
 */
export async function readPage(store: Store, space: Space, query: StoreQuery): Promise<JsonPage> {
  let json = ''
  let count = 0
  let cursor = query.sinceId
  for (;;) {
    const limit = Math.min(query.limit - count, CHUNK)
    const { records, lastId, floorId, hasMore, now } = await store.since(space, { ...query, sinceId: cursor, limit })
    for (const record of records) {
      json += json === '' ? recordJson(record) : `,${recordJson(record)}`
      count++
      cursor = record.id
      if (json.length > PAGE_CHARACTERS) break
    }
    const isFull = count === query.limit || json.length > PAGE_CHARACTERS
    const isEnd = !hasMore && cursor === (records.at(-1)?.id ?? cursor)
    if (isEnd) return { recordsJson: json, count, cursor: lastId, lastId, floorId, hasMore: false, now }
    if (isFull) return { recordsJson: json, count, cursor, lastId, floorId, hasMore: true, now }
  }
}
