import { textOrNull } from './fields.js'

/** What a tool is given to choose a part of a list. */
export interface PageChoice {
  readonly limit?: number
  readonly cursor?: string
}

/** A part of a list, and how to go on. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Gives the next part; `null`: this was the last. */
  readonly nextCursor: string | null
}

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

export const pageFields = {
  limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  cursor: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,4000}$', description: 'next_cursor of the answer before.' },
}

export const nextCursor = { ...textOrNull, description: 'For the next page; null: this was the last.' }

/**
 * A part of a list in the order of its keys. The cursor holds the last key and no number, so what comes or goes between two
 * pages makes nothing appear twice or be passed over.
 *
 * @param keyOf tells each item from all others
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { limit = DEFAULT_LIMIT, cursor }: PageChoice,
): Page<Item> {
  const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString()
  const keyed = items
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => after === null || key > after)
    .sort((one, other) => (one.key < other.key ? -1 : 1))
  const part = keyed.slice(0, limit)
  const last = part.at(-1)
  const isEnd = last === undefined || part.length === keyed.length
  return {
    items: part.map(({ item }) => item),
    nextCursor: isEnd ? null : Buffer.from(last.key).toString('base64url'),
  }
}
