import { type Html, html } from './html.js'
import { linkTo, type PageRequest } from './page.js'

/** Rows a page: it stays below 300 kB with long texts in each. */
const ROWS = 100

/** The part of a list that one page shows. */
export interface ListPart<Row> {
  readonly rows: readonly Row[]
  /** From 1 on. */
  readonly page: number
  readonly pages: number
  /** Of the whole list. */
  readonly total: number
}

/** The part of a list that `?page` asks for; the last one where it asks for more than there are. */
export function partOfList<Row>(all: readonly Row[], { query }: Pick<PageRequest, 'query'>): ListPart<Row> {
  const pages = Math.max(1, Math.ceil(all.length / ROWS))
  const asked = Number(query.get('page') ?? 1)
  const page = Number.isInteger(asked) ? Math.min(Math.max(asked, 1), pages) : 1
  return { rows: all.slice((page - 1) * ROWS, page * ROWS), page, pages, total: all.length }
}

/** Links to the parts before and after; nothing where there is one only. */
export function listLinks(
  path: string,
  request: PageRequest,
  { page, pages, total }: Omit<ListPart<unknown>, 'rows'>,
): Html {
  if (pages === 1) return html``
  const kept = Object.fromEntries([...request.query].filter(([name]) => name !== 'page' && name !== 'at'))
  const to = (number: number) => linkTo(path, request, { ...kept, page: String(number) })
  return html`<nav class="parts" aria-label="Parts of the list">${
    page > 1 ? html`<a rel="prev" href="${to(page - 1)}">Before</a>` : null
  } Part ${page} of ${pages}, ${total} in all ${
    page < pages ? html`<a rel="next" href="${to(page + 1)}">After</a>` : null
  }</nav>`
}
