import { formatTimestamp } from '../../base/timestamp.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { cameAt } from '../../workspace/entry.js'
import type { Standing } from '../../workspace/index/standing.js'
import { describe } from '../../workspace/record-states.js'
import { type Html, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'

/** A record by which a run held something. */
interface Bar {
  readonly kind: string
  readonly recordId: string
  readonly from: string
  /** ISO 8601; `null`: it has no end yet. */
  readonly until: string | null
  readonly token: number | null
  readonly says: string
}

interface Lane {
  readonly runId: string
  readonly bars: readonly Bar[]
  /** Bars that are left out, because the lane has no room for them. */
  readonly leftOut: number
}

const SPAN_MILLISECONDS = 3600 * 1000
const MOST_BARS = 40
const WIDTH = 1000
const BAR_HEIGHT = 12
/** Lanes times bars is what a page may show. */
const MOST_SHOWN = 600

export const timelinePage: Page = {
  path: '/timeline',
  title: 'Timeline',
  open(request) {
    const to = request.records.now
    const from = to - SPAN_MILLISECONDS
    const lanes = lanesOf(request, from)
    const part = partOfList(lanes, request)
    const data = { from: formatTimestamp(from), to: formatTimestamp(to), ...part, rows: withinRoom(part.rows) }
    return {
      data,
      body: () => html`<p>From <time>${data.from}</time> to <time>${data.to}</time>.</p>
${part.total === 0 ? html`<p>Nobody held anything.</p>` : null}
${data.rows.map((lane) => laneHtml(lane, { from, to }, request))}${listLinks('/timeline', request, part)}`,
    }
  },
}

function lanesOf({ session, records: { now } }: PageRequest, from: number): readonly Lane[] {
  const bars = barsOf(session.registry, session.workspace.view.alive([], from), { from, to: now })
  const lanes = new Map<string, Bar[]>()
  for (const { runId, ...bar } of bars) {
    const lane = lanes.get(runId) ?? []
    lane.push(bar)
    lanes.set(runId, lane)
  }
  return Array.from(lanes, ([runId, all]) => {
    const newest = all.sort((one, other) => (one.from < other.from ? 1 : -1))
    return { runId, bars: newest.slice(0, MOST_BARS), leftOut: Math.max(0, newest.length - MOST_BARS) }
  }).sort((one, other) => (one.runId < other.runId ? -1 : 1))
}

interface Span {
  readonly from: number
  readonly to: number
}

function barsOf({ all }: KindRegistry, records: Standing, { from, to }: Span) {
  return all.flatMap((kind) => {
    if (kind.holds === undefined) return []
    return records.entries(kind.name).flatMap((entry) => {
      const came = cameAt(entry)
      const end = records.endOfEntry(kind.name, entry)
      if (came > to || (end !== null && end < from)) return []
      const { recordId, runId, token } = entry
      const until = end === null || !Number.isFinite(end) ? null : formatTimestamp(end)
      return [
        { kind: kind.name, recordId, runId, token, from: formatTimestamp(came), until, says: describe(kind, entry) },
      ]
    })
  })
}

/** Fewer bars a lane where there are many lanes. */
function withinRoom(lanes: readonly Lane[]): readonly Lane[] {
  const most = Math.max(1, Math.floor(MOST_SHOWN / Math.max(1, lanes.length)))
  return lanes.map(({ runId, bars, leftOut }) => {
    return { runId, bars: bars.slice(0, most), leftOut: leftOut + Math.max(0, bars.length - most) }
  })
}

function laneHtml({ runId, bars, leftOut }: Lane, { from, to }: Span, request: PageRequest): Html {
  const place = (time: number) => Math.round(((Math.min(Math.max(time, from), to) - from) / (to - from)) * WIDTH)
  const height = bars.length * BAR_HEIGHT
  return html`<section class="lane"><h2><a href="${linkTo('/why', request, { id: runId })}">${runId}</a></h2>
<svg viewBox="0 0 ${WIDTH} ${height}" height="${height}" preserveAspectRatio="none" role="img" aria-label="What ${runId} held">${bars.map(
    (bar, row) => {
      const start = place(Date.parse(bar.from))
      const end = bar.until === null ? WIDTH : place(Date.parse(bar.until))
      const token = bar.token === null ? '' : `, token ${bar.token}`
      const title = `${bar.kind} ${bar.says.slice(0, 120)}${token}, ${bar.from} – ${bar.until ?? 'no end yet'}`
      return html`<rect x="${start}" y="${row * BAR_HEIGHT + 1}" width="${Math.max(2, end - start)}" height="${BAR_HEIGHT - 2}"><title>${title}</title></rect>`
    },
  )}</svg>${leftOut > 0 ? html`<p>And ${leftOut} more.</p>` : null}</section>`
}
