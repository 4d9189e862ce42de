import { asCoordError, coordError } from '../base/errors.js'
import { jsonLine } from '../base/printable.js'
import { timeOf } from '../base/timestamp.js'
import { toWire } from '../record/wire.js'
import type { Session } from '../workspace/session.js'
import { BROWSER_MODULE } from './browser-module.js'
import { html } from './html.js'
import { layout } from './layout.js'
import type { PageRequest } from './page.js'
import { PAGES } from './pages.js'
import { recordsAt } from './records-at.js'
import { STYLE } from './style.js'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

const HTML = 'text/html; charset=utf-8'

/** What is read at an address: a page, the same as JSON with `?json`, the style sheet or the module. */
export async function answer(session: Session, { pathname, searchParams }: URL): Promise<Answer> {
  if (pathname === '/ui.css') return { status: 200, type: 'text/css; charset=utf-8', text: STYLE }
  if (pathname === '/ui.js') return { status: 200, type: 'text/javascript; charset=utf-8', text: BROWSER_MODULE }
  const page = PAGES.find(({ path }) => path === pathname)
  if (page === undefined) return plain(404, 'There is no such page.')
  const isJson = searchParams.has('json')
  try {
    const { view } = session.workspace
    const moment = momentOf(searchParams.get('at'), view.now)
    const request: PageRequest = { session, records: recordsAt(view, moment), moment, query: searchParams }
    const { data, body } = await page.open(request)
    if (isJson) return json(200, { at: moment === null ? null : new Date(moment).toISOString(), ...data })
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

/** A moment that is still to come is the present. */
function momentOf(at: string | null, now: number): number | null {
  if (at === null) return null
  const moment = timeOf(at)
  if (moment === null) throw coordError('FLAG_VALUE', 'at', at, 'a moment as ISO 8601: 2026-03-18T12:00:00Z')
  return moment >= now ? null : moment
}
