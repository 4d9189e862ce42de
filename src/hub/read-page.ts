import type { HubContext } from './context.js'
import { recordJson } from './record-json.js'
import type { Page, StoreQuery } from './stores/record-store.js'
import type { Space } from './stores/space-directory.js'

/** What is read from the store at once: one or two milliseconds of a database elsewhere, and of this process. */
const PART_RECORDS = 125
const PART_BYTES = 128 * 1024

/** What is counted of a part until its length is known. It ends with the record that takes it past {@link PART_BYTES}. */
export const READ_AHEAD_BYTES = 256 * 1024

/**
 * A page ends where it has so many characters. With the largest record, and what stands around the payloads, it stays under
 * one MiB: no page of one reader keeps a request of another waiting for long. A client takes it for cut, and not for
 * ended too early, from `CUT_PAGE_BYTES` on.
 */
const PAGE_CHARACTERS = 640 * 1024

/** Some records of a page as JSON text, ready to be sent. */
export interface PagePart {
  /** The records, divided by commas. */
  readonly recordsJson: string
  readonly count: number
  /** The last id of the space. */
  readonly lastId: number
  /** What stands behind the records; `null`: another part comes before. */
  readonly end: PageEnd | null
}

export interface PageEnd {
  /** Up to where the reader has everything it asked for. */
  readonly cursor: number
  /** The highest id that retention has removed; 0: none. */
  readonly floorId: number
  readonly hasMore: boolean
  /** The store's clock, milliseconds since 1970. */
  readonly now: number
  readonly epoch: string
  /** Where the space ends, as `History` tells it; `undefined`: nobody can say. */
  readonly position: string | undefined
  /** Whether what the reader has seen is of this history; `undefined`: it has not said. */
  readonly follows: boolean | undefined
}

/** A page that is read. */
interface Reading extends Omit<StoreQuery, 'seen'> {
  /** For whom it is read, as `nameOf` names it. */
  readonly who: string
  /** Positions that the reader was told before. */
  readonly seen?: readonly string[]
}

/**
 * Reads a page part by part and writes each as JSON around the payloads, which stay the text they are. The page is cut
 * short, with `hasMore`, where it grows too large. The last part has an end.
 */
export async function* readPage(
  { store, bulk, history }: Pick<HubContext, 'store' | 'bulk' | 'history'>,
  space: Space,
  { who, seen = [], ...query }: Reading,
): AsyncGenerator<PagePart, void> {
  let count = 0
  let characters = 0
  let cursor = query.sinceId
  /** Of the parts before: they, too, have to be of the history of the last one. */
  let partsSeen: readonly string[] = []
  const endOf = async (
    part: Page,
    followsAlone: boolean | undefined,
  ): Promise<Pick<PageEnd, 'epoch' | 'position' | 'follows'>> => {
    const follows = partsSeen.length === 0 ? followsAlone : await history.follows(space, [...seen, ...partsSeen])
    const { epoch } = store
    return { epoch, position: history.tell(space, { ...part, epoch }), follows }
  }
  const readPart = async (): Promise<PagePart> => {
    const limit = Math.min(query.limit - count, PART_RECORDS)
    const bytes = Math.min(PART_BYTES, PAGE_CHARACTERS - characters)
    // What the reader has seen is judged with the first part, with which most pages end; behind further ones it is once more.
    const { page: part, follows } = await history.read(space, count === 0 ? seen : [], (known) =>
      store.since(space, { ...query, sinceId: cursor, limit, bytes, ...(known.length > 0 && { seen: known }) }),
    )
    const { records, lastId, floorId, hasMore, now } = part
    const recordsJson = records.map(recordJson).join(',')
    count += records.length
    characters += recordsJson.length
    cursor = hasMore ? (records.at(-1)?.id ?? cursor) : lastId
    const isEnd = !hasMore || count === query.limit || characters >= PAGE_CHARACTERS
    const end = isEnd ? { cursor, floorId, hasMore, now, ...(await endOf(part, follows)) } : null
    const position = isEnd ? undefined : history.tell(space, part)
    if (position !== undefined) partsSeen = [position]
    return { recordsJson, count: records.length, lastId, end }
  }
  for (let isEnd = false; !isEnd; ) {
    // Of what was read nothing is kept here: whoever waits to be asked for the next part keeps its variables.
    yield await bulk.do(who, readPart).then((part) => {
      isEnd = part.end !== null
      return part
    })
  }
}
