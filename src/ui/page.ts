import { formatTimestamp } from '../base/timestamp.js'
import type { RecordSource } from '../kinds/kind.js'
import type { Session } from '../workspace/session.js'
import type { Html } from './html.js'

/** What a page is asked for. */
export interface PageRequest {
  readonly session: Session
  /** As they stood at {@link moment}. */
  readonly records: RecordSource
  /** Milliseconds since 1970; `null`: the present. */
  readonly moment: number | null
  readonly query: URLSearchParams
}

/** What a page answers: what `?json` prints, and the same for people. */
export interface PageAnswer {
  readonly data: object
  readonly body: () => Html
}

export interface Page {
  readonly path: string
  readonly title: string
  open(request: PageRequest): PageAnswer | Promise<PageAnswer>
}

/** A link to a page, which stays at the moment that is looked at. */
export function linkTo(
  path: string,
  { moment }: Pick<PageRequest, 'moment'>,
  values: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(values)
  if (moment !== null) query.set('at', formatTimestamp(moment))
  return query.size === 0 ? path : `${path}?${query}`
}
