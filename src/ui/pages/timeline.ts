import { some } from '../../base/some.js'
import { formatTimestamp } from '../../base/timestamp.js'
import { type Html, html } from '../html.js'
import { type Bar, type Lane, lanesOf, type Span } from '../lanes.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'

interface ShownLane extends Lane {
  /** Bars that are left out, because the lane has no room for them. */
  readonly leftOut: number
}

const MINUTE = 60 * 1000
/** How many minutes a page may show, each with its name. */
const SPANS: readonly (readonly [minutes: number, name: string])[] = [
  [1, '1 min'],
  [10, '10 min'],
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
]
const AN_HOUR = 60
const MOST_BARS = 40
const BAR = { height: 16, gap: 2 }
/** Lanes times bars is what a page may show. */
const MOST_SHOWN = 400
const MARKS = 6

export const timelinePage: Page = {
  path: '/timeline',
  title: 'Timeline',
  open(request) {
    const to = request.records.now
    const asked = SPANS.find(([minutes]) => String(minutes) === request.query.get('minutes'))
    const known = lanesOf(request.session, spanOf(asked?.[0] ?? AN_HOUR, to))
    const [minutes, name] = asked ?? closest(known, to)
    const span = spanOf(minutes, to)
    const lanes = asked ? known : known.flatMap((lane) => within(lane, span))
    const part = partOfList(lanes, request)
    const sentence = sentenceOf(lanes, span, name)
    const data = {
      sentence,
      from: formatTimestamp(span.from),
      to: formatTimestamp(to),
      ...part,
      rows: withinRoom(part.rows),
    }
    return {
      data,
      body: () => html`<p class="sentence">${sentence}</p>
<ul class="legend"><li><svg aria-hidden="true"><rect class="hold" width="100%" height="100%" rx="2"/></svg>held</li><li><svg aria-hidden="true"><rect class="hold lease" width="100%" height="100%" rx="2"/></svg>a lease, with its token</li>
<li><svg aria-hidden="true"><rect class="hold ghost" x="1" y="1" width="90%" height="80%" rx="2"/></svg>intended</li><li><svg aria-hidden="true"><rect class="break" width="5" height="100%"/></svg>a break: lapsed or lost, not given back</li>
<li>${SPANS.map(([one, text]) => (one === minutes ? html`<b>${text}</b> ` : html`<a href="${linkTo('/timeline', request, { minutes: String(one) })}">${text}</a> `))}</li></ul>
${part.total === 0 ? null : html`<section class="card">${scaleHtml(span)}${data.rows.map((lane) => laneHtml(lane, span, request))}</section>`}${listLinks('/timeline', request, part)}`,
    }
  },
}

function spanOf(minutes: number, to: number): Span {
  return { from: to - minutes * MINUTE, to }
}

/** The shortest that shows the beginning of all that was held in the last hour; a young swarm fills it. */
function closest(lanes: readonly Lane[], to: number): (typeof SPANS)[number] {
  const first = lanes.flatMap(({ bars }) => bars).reduce((least, { from }) => Math.min(least, Date.parse(from)), to)
  const found = SPANS.find(([minutes]) => to - minutes * MINUTE <= first && minutes <= AN_HOUR)
  return found ?? [AN_HOUR, '1 h']
}

function within({ runId, bars }: Lane, { from }: Span): Lane[] {
  const shown = bars.filter(({ until }) => until === null || Date.parse(until) >= from)
  return shown.length === 0 ? [] : [{ runId, bars: shown }]
}

function sentenceOf(lanes: readonly Lane[], { to }: Span, name: string): string {
  if (lanes.length === 0) return `Nobody held anything in the last ${name}.`
  const held = lanes.filter(({ bars }) => bars.some(({ isIntent }) => !isIntent)).length
  const breaks = lanes.flatMap(({ bars }) => bars).filter((bar) => isBroken(bar, to)).length
  return `${some(held, 'run')} held something in the last ${name}${breaks === 0 ? '' : `; ${some(breaks, 'hold')} ended by a break`}.`
}

/** Fewer bars a lane where there are many lanes. */
function withinRoom(lanes: readonly Lane[]): readonly ShownLane[] {
  const most = Math.min(MOST_BARS, Math.max(1, Math.floor(MOST_SHOWN / Math.max(1, lanes.length))))
  return lanes.map(({ runId, bars }) => {
    return { runId, bars: bars.slice(0, most), leftOut: Math.max(0, bars.length - most) }
  })
}

/** Times of the day, in UTC as all records have them. */
function scaleHtml({ from, to }: Span): Html {
  const minutesIn = (to - from) / MINUTE
  const marks = Array.from({ length: MARKS + 1 }, (_, index) => new Date(from + ((to - from) * index) / MARKS))
  return html`<div class="scale"><span>UTC</span><ol>${marks.map((at) => html`<li>${at.toISOString().slice(11, minutesIn < 10 ? 19 : 16)}</li>`)}</ol></div>`
}

function laneHtml({ runId, bars, leftOut }: ShownLane, span: Span, request: PageRequest): Html {
  const tracks: number[] = []
  const placed = [...bars].reverse().map((bar) => {
    const [start, end] = [
      percent(Date.parse(bar.from), span),
      bar.until === null ? 100 : percent(Date.parse(bar.until), span),
    ]
    const free = tracks.findIndex((until) => until <= start)
    const track = free === -1 ? tracks.length : free
    tracks[track] = Math.max(end, start + 0.5)
    return { bar, start, end, track }
  })
  const height = Math.max(1, tracks.length) * (BAR.height + BAR.gap)
  return html`<section class="lane"><h2><a href="${linkTo('/why', request, { id: runId })}">${runId}</a>${
    leftOut > 0 ? html` <span class="soft">and ${leftOut} more</span>` : null
  }</h2><svg height="${height}" role="img" aria-label="What ${runId} held">${Array.from(
    { length: MARKS + 1 },
    (_, index) => {
      const x = `${((100 * index) / MARKS).toFixed(1)}%`
      return html`<line class="grid" x1="${x}" x2="${x}" y2="${height}"/>`
    },
  )}${placed.map(({ bar, start, end, track }) => {
    const y = track * (BAR.height + BAR.gap) + 1
    const width = Math.max(0.3, end - start)
    const token = bar.token === null ? '' : `, token ${bar.token}`
    const title = `${bar.kind} ${bar.says.slice(0, 100)}${token}, ${bar.state}: ${bar.from} – ${bar.until ?? 'no end yet'}`
    const look = bar.isIntent ? ' ghost' : bar.token === null ? '' : ' lease'
    return html`<a href="${linkTo('/why', request, { id: bar.recordId })}"><rect class="hold${look}" x="${start.toFixed(1)}%" y="${y}" width="${width.toFixed(1)}%" height="${BAR.height}" rx="2"><title>${title}</title></rect></a>${
      isBroken(bar, span.to)
        ? html`<rect class="break" x="${Math.max(start, end - 0.1).toFixed(1)}%" y="${y - 1}" width="4" height="${BAR.height + 2}"/>`
        : null
    }`
  })}</svg></section>`
}

/** Its time passed, or another run got it, before its run gave it back. */
function isBroken({ state, until, isIntent }: Bar, to: number): boolean {
  return !isIntent && (state === 'lapsed' || state === 'lost') && until !== null && Date.parse(until) <= to
}

function percent(time: number, { from, to }: Span): number {
  return ((Math.min(Math.max(time, from), to) - from) / (to - from)) * 100
}
