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
const MOST_EDGES = 240
const COLUMN = 238
const ROW = 38
const NODE = { width: 200, height: 28 }
/** Letters that a node has room for. */
const LETTERS = 23

interface Placed {
  readonly node: GraphNode
  readonly x: number
  readonly y: number
}

/** Draws what waits for what, from left to right; nothing where nothing waits. */
export function graphHtml(nodes: readonly GraphNode[], request: PageRequest): Html | null {
  const awaited = new Set(nodes.flatMap(({ after }) => after))
  const all = nodes.filter(({ recordId, after }) => after.length > 0 || awaited.has(recordId))
  if (all.length === 0) return null
  const drawn = all.slice(0, MOST_NODES)
  const places = placesOf(drawn)
  const width = Math.max(...places.map(({ x }) => x)) + NODE.width + 2
  const height = Math.max(...places.map(({ y }) => y)) + NODE.height + 2
  const byId = new Map(places.map((place) => [place.node.recordId, place]))
  const edges = places
    .flatMap((to) => to.node.after.flatMap((id) => byId.get(id) ?? []).map((from) => edgePath(from, to)))
    .slice(0, MOST_EDGES)
  return html`<section class="card"><h2>What waits for what</h2>
<div class="graph" tabindex="0" role="group" aria-label="What waits for what, the first on the left"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${edges.map((path) => html`<path class="edge" d="${path}"/>`)}${places.map((place) => nodeHtml(place, request))}</svg></div>
${all.length > drawn.length ? html`<p class="soft">${all.length - drawn.length} more are not drawn: <code>muse-coord dag</code></p>` : null}</section>`
}

/** A column a step, each node right of all that it waits for; what waits for itself stands where it is met. */
function placesOf(nodes: readonly GraphNode[]): readonly Placed[] {
  const byId = new Map(nodes.map((node) => [node.recordId, node]))
  const steps = new Map(nodes.map(({ recordId }) => [recordId, 0]))
  // A chain has at most as many steps as there are nodes; a circle would have no end.
  for (let round = 0, isMoving = true; isMoving && round < nodes.length; round++) {
    isMoving = false
    for (const { recordId, after } of nodes) {
      const step = Math.max(0, ...after.flatMap((id) => (byId.has(id) ? (steps.get(id) ?? 0) + 1 : [])))
      if (step <= (steps.get(recordId) ?? 0) || step >= nodes.length) continue
      steps.set(recordId, step)
      isMoving = true
    }
  }
  const columns = [...new Set(steps.values())].sort((one, other) => one - other)
  const rows = new Map<string, number>()
  return columns.flatMap((step, column) => {
    const inColumn = nodes.filter(({ recordId }) => steps.get(recordId) === step)
    // Beside what it waits for, so that few lines cross.
    const rowOf = ({ after }: GraphNode) => {
      const known = after.flatMap((id) => rows.get(id) ?? [])
      return known.length === 0 ? Number.POSITIVE_INFINITY : known.reduce((sum, row) => sum + row, 0) / known.length
    }
    const sorted = inColumn
      .map((node) => ({ node, row: rowOf(node) }))
      .sort((one, other) => (one.row < other.row ? -1 : one.row > other.row ? 1 : 0))
    return sorted.map(({ node }, row) => {
      rows.set(node.recordId, row)
      return { node, x: 1 + column * COLUMN, y: 1 + row * ROW }
    })
  })
}

function edgePath(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2]
  const [x2, y2] = [to.x, to.y + NODE.height / 2]
  const bend = Math.max(20, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

function nodeHtml({ node: { recordId, state, what }, x, y }: Placed, request: PageRequest): Html {
  const name = what === '' ? recordId : what
  const label = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name
  return html`<a href="${linkTo('/why', request, { id: recordId })}" class="node ${state}"><title>${brief(name)}: ${state}</title><rect x="${x}" y="${y}" width="${NODE.width}" height="${NODE.height}" rx="6"/><circle class="dot" cx="${x + 14}" cy="${y + NODE.height / 2}" r="5"/><text x="${x + 26}" y="${y + 19}">${label}</text></a>`
}
