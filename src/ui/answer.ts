import { asCoordError, coordError } from '../base/errors.js'
import { jsonLine } from '../base/printable.js'
import { timeOf } from '../base/timestamp.js'
import { toWire } from '../record/wire.js'
import { freshness } from '../workspace/freshness.js'
import type { Session } from '../workspace/session.js'
import { BROWSER_MODULE } from './browser-module.js'
import { html } from './html.js'
import { layout } from './layout.js'
import { linkTo, type PageRequest } from './page.js'
import { PAGES } from './pages.js'
import { recordsAt } from './records-at.js'
import { STYLE } from './style.js'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Of a page that is elsewhere. */
  readonly location?: string
}

/** Two bars that do not meet. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="1" y="3" width="8" height="4" rx="1" fill="#2468c0"/>
<rect x="7" y="9" width="8" height="4" rx="1" fill="#3f9a6c"/></svg>`

const HTML = 'text/html; charset=utf-8'

/** What is read at an address: a page of one moment, the same as JSON with `?json`, the style sheet or the module. */
export async function answer(live: Session, { pathname, searchParams }: URL): Promise<Answer> {
  if (pathname === '/ui.css') return { status: 200, type: 'text/css; charset=utf-8', text: STYLE }
  if (pathname === '/ui.js') return { status: 200, type: 'text/javascript; charset=utf-8', text: BROWSER_MODULE }
  if (pathname === '/ui.svg') return { status: 200, type: 'image/svg+xml', text: ICON }
  const page = PAGES.find(({ path }) => path === pathname)
  if (page === undefined) return plain(404, 'There is no such page.')
  const isJson = searchParams.has('json')
  try {
    const session = live.snapshot()
    const { view } = session.workspace
    const ago = searchParams.get('ago')
    if (ago !== null && !isJson) return redirect(pathname, searchParams, momentBefore(ago, view.now))
    const moment = momentOf(searchParams.get('at'), view.now)
    const request: PageRequest = { session, records: recordsAt(session.workspace, moment), moment, query: searchParams }
    const { data, body } = await page.open(request)
    const at = moment === null ? null : new Date(moment).toISOString()
    if (isJson) return json(200, { at, asOf: freshness(session).asOf, ...data })
    return { status: 200, type: HTML, text: layout(page, PAGES, request, body()) }
  } catch (thrown) {
    const { message, status, hint } = asCoordError(thrown)
    const code = status === 'bad_args' ? 400 : 500
    if (isJson) return json(code, { error: message, status, hint })
    return {
      status: code,
      type: HTML,
      text: html`<!doctype html><title>muse-coord</title><p>${message}</p><p>${hint}</p>`.text,
    }
  }
}

export function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', text: `${text}\n` }
}

function json(status: number, data: object): Answer {
  return { status, type: 'application/json', text: `${jsonLine(toWire(data))}\n` }
}

/** The slider counts from now; the link that stays names the moment. */
function redirect(pathname: string, query: URLSearchParams, moment: number | null): Answer {
  const kept = Object.fromEntries([...query].filter(([name]) => name !== 'ago' && name !== 'at'))
  return { ...plain(303, 'See that moment.'), location: linkTo(pathname, { moment }, kept) }
}

function momentBefore(ago: string, now: number): number | null {
  const minutes = Number(ago)
  if (!/^-?\d{1,6}$/.test(ago)) throw coordError('FLAG_VALUE', 'ago', ago, 'minutes as a negative number: -30')
  return minutes >= 0 ? null : now + minutes * 60_000
}

/** A moment that is still to come is the present. */
function momentOf(at: string | null, now: number): number | null {
  if (at === null) return null
  const moment = timeOf(at)
  if (moment === null) throw coordError('FLAG_VALUE', 'at', at, 'a moment as ISO 8601: 2026-03-18T12:00:00Z')
  return moment >= now ? null : moment
}
