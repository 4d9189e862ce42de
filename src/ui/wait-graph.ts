import { some } from '../base/some.js'
import { brief, type Html, html } from './html.js'
import { linkTo, type PageRequest } from './page.js'

/** A record in a picture of what waits for what. */
export interface GraphNode {
  readonly recordId: string
  /** In a word. */
  readonly state: string
  /** In a line; `''`: nothing is known of it. */
  readonly what: string
  /** Ids of what it waits for. */
  readonly after: readonly string[]
}

/** What is drawn; a larger picture is read by nobody. */
const MOST_NODES = 80
const MOST_EDGE_LETTERS = 60_000
const COLUMN = 238
const ROW = 38
/** What lines take that pass a column. */
const LANE = 14
const NODE = { width: 200, height: 28 }
/** Letters that a node has room for. */
const LETTERS = 23

/** Where a node stands, and where its lines pass the columns between it and what waits for it. */
interface Placed {
  readonly node: GraphNode
  readonly x: number
  readonly y: number
  readonly column: number
  /** By column, the height at which they pass. */
  readonly lanes: ReadonlyMap<number, number>
}

/** Draws what waits for what, from left to right; nothing where nothing waits. */
export function graphHtml(nodes: readonly GraphNode[], request: PageRequest): Html | null {
  const awaited = new Set(nodes.flatMap(({ after }) => after))
  const all = nodes.filter(({ recordId, after }) => after.length > 0 || awaited.has(recordId))
  if (all.length === 0) return null
  const drawn = all.slice(0, MOST_NODES)
  const places = placesOf(drawn)
  const width = Math.max(...places.map(({ x }) => x)) + NODE.width + 2
  const height = Math.max(...places.flatMap(({ y, lanes }) => [y + NODE.height, ...lanes.values()])) + 2
  const byId = new Map(places.map((place) => [place.node.recordId, place]))
  const wanted = places.flatMap((to) => to.node.after.flatMap((id) => byId.get(id) ?? []).map((from) => ({ from, to })))
  const edges: string[] = []
  for (let letters = 0; edges.length < wanted.length; ) {
    const { from, to } = wanted[edges.length] as (typeof wanted)[0]
    const path = edgePath(from, to)
    letters += path.length
    if (letters > MOST_EDGE_LETTERS) break
    edges.push(path)
  }
  const notDrawn = [
    ...(all.length > drawn.length ? [some(all.length - drawn.length, 'more record')] : []),
    ...(wanted.length > edges.length ? [some(wanted.length - edges.length, 'more line')] : []),
  ]
  return html`<section class="card"><h2>What waits for what</h2>
<div class="graph" tabindex="0" role="group" aria-label="What waits for what, the first on the left"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${edges.map((path) => html`<path class="edge" d="${path}"/>`)}${places.map((place) => nodeHtml(place, request))}</svg></div>
${notDrawn.length > 0 ? html`<p class="soft">Not drawn: ${notDrawn.join(', ')}. <code>muse-coord dag</code></p>` : null}</section>`
}

/** Something in a column: a node, or the lines of one that pass it. */
interface Slot {
  readonly node: GraphNode
  readonly isLane: boolean
  /** The middle height of what it comes from; infinite: of nothing. */
  readonly from: number
}

/**
 * A column a step, each node right of all that it waits for; what waits for itself stands where it is met. The lines of a node to
 * those that stand further right share a place in each column between, so that none runs under a node.
 */
function placesOf(nodes: readonly GraphNode[]): readonly Placed[] {
  const columns = columnsOf(nodes)
  const last = lastColumns(nodes, columns)
  const places = new Map<string, { x: number; y: number; lanes: Map<number, number> }>()
  const heightIn = (column: number, id: string): number | undefined => {
    const place = places.get(id)
    return place && (place.lanes.get(column - 1) ?? place.y + NODE.height / 2)
  }
  for (const column of new Set([...columns.values()].sort((one, other) => one - other))) {
    const slots = nodes.flatMap((node): Slot[] => {
      const { recordId, after } = node
      const own = columns.get(recordId) ?? 0
      if (own === column) {
        const known = after.flatMap((id) => heightIn(column, id) ?? [])
        const from = known.reduce((sum, height) => sum + height, 0) / known.length
        return [{ node, isLane: false, from: known.length === 0 ? Number.POSITIVE_INFINITY : from }]
      }
      if (own > column || (last.get(recordId) ?? 0) <= column) return []
      return [{ node, isLane: true, from: heightIn(column, recordId) ?? Number.POSITIVE_INFINITY }]
    })
    // Beside what it comes from, so that few lines cross.
    let y = 1
    for (const { node, isLane } of slots.sort((one, other) =>
      one.from < other.from ? -1 : one.from > other.from ? 1 : 0,
    )) {
      if (isLane) places.get(node.recordId)?.lanes.set(column, y + LANE / 2)
      else places.set(node.recordId, { x: 1 + column * COLUMN, y, lanes: new Map() })
      y += isLane ? LANE : ROW
    }
  }
  return nodes.map((node) => {
    const place = places.get(node.recordId) as { x: number; y: number; lanes: Map<number, number> }
    return { node, column: columns.get(node.recordId) ?? 0, ...place }
  })
}

/** In which column each node stands: those that are used have no gap between them. */
function columnsOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const steps = new Map(nodes.map(({ recordId }) => [recordId, 0]))
  // A chain has at most as many steps as there are nodes; a circle would have no end.
  for (let round = 0, isMoving = true; isMoving && round < nodes.length; round++) {
    isMoving = false
    for (const { recordId, after } of nodes) {
      const step = Math.max(0, ...after.flatMap((id) => (steps.has(id) ? (steps.get(id) ?? 0) + 1 : [])))
      if (step <= (steps.get(recordId) ?? 0) || step >= nodes.length) continue
      steps.set(recordId, step)
      isMoving = true
    }
  }
  const used = [...new Set(steps.values())].sort((one, other) => one - other)
  return new Map(Array.from(steps, ([recordId, step]) => [recordId, used.indexOf(step)]))
}

/** Of each node, the last column in which something waits for it. */
function lastColumns(nodes: readonly GraphNode[], columns: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const { recordId, after } of nodes) {
    for (const id of after) last.set(id, Math.max(last.get(id) ?? 0, columns.get(recordId) ?? 0))
  }
  return last
}

function edgePath(from: Placed, to: Placed): string {
  let [x, y] = [from.x + NODE.width, from.y + NODE.height / 2]
  let path = `M${x} ${y}`
  const curveTo = (nextX: number, nextY: number) => {
    const bend = Math.max(20, (nextX - x) / 2)
    path += `C${x + bend} ${y} ${nextX - bend} ${nextY} ${nextX} ${nextY}`
    ;[x, y] = [nextX, nextY]
  }
  for (let column = from.column + 1; column < to.column; column++) {
    curveTo(1 + column * COLUMN, from.lanes.get(column) ?? y)
    x += NODE.width
    path += `H${x}`
  }
  curveTo(to.x, to.y + NODE.height / 2)
  return path
}

function nodeHtml({ node: { recordId, state, what }, x, y }: Placed, request: PageRequest): Html {
  const name = what === '' ? recordId : what
  const label = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name
  return html`<a href="${linkTo('/why', request, { id: recordId })}" class="node ${state}"><title>${brief(name)}: ${state}</title><rect x="${x}" y="${y}" width="${NODE.width}" height="${NODE.height}" rx="6"/><circle class="dot" cx="${x + 14}" cy="${y + NODE.height / 2}" r="5"/><text x="${x + 26}" y="${y + 19}">${label}</text></a>`
}
