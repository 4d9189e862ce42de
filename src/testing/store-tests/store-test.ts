import assert from 'node:assert/strict'
import type { Page, StoreAnswer, StorePush, StoreRecord } from '../../hub/stores/record-store.js'
import type { Space } from '../../hub/stores/space-directory.js'
import type { Store } from '../../hub/stores/store.js'
import type { MergeRule } from '../../record/record.js'

/** One promise of a store, as a test. */
export interface StoreTest {
  name: string
  run(context: StoreTestContext): Promise<void>
}

export interface StoreTestContext {
  /** Opens the store of this test once more; all of them are closed after the test. */
  open(): Promise<Store>
}

/** Long after the present: a store's clock is its own, and leases until then are live whatever it says. */
export const NOON = Date.parse('2126-03-18T12:00:00Z')

/** The rules that the tests push with. */
const RULES: ReadonlyMap<string, MergeRule> = new Map([
  ['note', 'once'],
  ['beat', 'latest'],
  ['claim', 'lease'],
])

/** A time stamp so many seconds after noon. */
export function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString()
}

/** An end that has passed on every clock. */
export const LONG_AGO = '2001-01-01T00:00:00Z'

type Incoming = StorePush['records'][number]

/** A record to push: the note `x` of `run-1`, but for what is given. */
export function incoming(fields: Partial<Incoming> = {}): Incoming {
  return { kind: 'note', recordId: 'x', runId: 'run-1', payloadJson: '{"n":1}', expiresAt: null, ...fields }
}

/** Records of one kind with the ids `<prefix>0`, `<prefix>1`, … */
export function several(count: number, prefix: string, fields: Partial<Incoming> = {}): Incoming[] {
  return Array.from({ length: count }, (_, index) => incoming({ recordId: `${prefix}${index}`, ...fields }))
}

/** Pushes as ada, but for what is given. */
export function push(
  store: Store,
  space: Space,
  records: readonly Incoming[],
  fields: Partial<StorePush> = {},
): Promise<StoreAnswer> {
  return store.push(space, { author: 'ada', records, rules: RULES, ...fields })
}

/** Everything a reader finds that begins at 0, page by page. */
export async function readAll(store: Store, space: Space, limit = 1000): Promise<StoreRecord[]> {
  const records: StoreRecord[] = []
  for (let sinceId = 0; ; ) {
    const page = await store.since(space, { sinceId, limit, kinds: [] })
    records.push(...page.records)
    if (!page.hasMore) return records
    sinceId = page.records.at(-1)?.id ?? sinceId
  }
}

/** A page of at most 1,000 records. */
export function page(store: Store, space: Space, sinceId: number, ...kinds: string[]): Promise<Page> {
  return store.since(space, { sinceId, limit: 1000, kinds })
}

/** Strict equality of JSON: drivers and runners make objects of other prototypes and realms, and that is no matter. */
export function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(JSON.parse(JSON.stringify(actual)), JSON.parse(JSON.stringify(expected)))
}
