import { type Command, defineCommands, startTimer, table } from '../../src/plugin.js'
import { mermaid } from '../dag/mermaid.js'
import { type GraphOrder, orderGraph } from '../dag/order-graph.js'
import { type Graph, readGraph } from '../dag/read-graph.js'
import { EXIT_CODES } from '../reserving/verb-parts.js'

const dag: Command = {
  name: 'dag',
  summary: 'Show what waits for what, and in which order it can be done.',
  description: `Puts reservations (by --depends-on) and tasks (by --after) in an order in which each comes after all that it waits for.
What waits for itself through others is named as a cycle, and is in no order. Without --all it shows what is open and what
that waits for.`,
  options: [
    { flag: '--mermaid', description: 'Print a Mermaid flowchart.' },
    { flag: '--all', description: 'Also what is over.' },
  ],
  examples: ['dag --json', 'dag --mermaid > plan.mmd'],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'nodes           [{id, kind: reservation|task|unknown, state, run_id, label}]',
    'edges           [{before, after}] ids',
    'order           [id] each after all that it waits for',
    'cycles          [[id]] each after the one it waits for, the first after the last',
    'mermaid         with --mermaid: the chart',
  ],
  exitCodes: { ...EXIT_CODES, 0: 'shown, with cycles or without' },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags, output } = call
    const graph = readGraph((await call.session()).workspace, flags.on('all'))
    const ordered = orderGraph(graph)
    const chart = flags.on('mermaid') ? { mermaid: mermaid(graph) } : {}
    return {
      result: { schemaVersion: '1', durationMs: elapsedMs(), ...graph, ...ordered, ...chart },
      text: chart.mermaid ?? textOf(graph, ordered, output.columns),
    }
  },
}

function textOf({ nodes, edges }: Graph, { order, cycles }: GraphOrder, columns: number): string {
  if (nodes.length === 0) return '(nothing is open)'
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const ordered = new Set(order)
  const waitsFor = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { before, after } of edges) waitsFor.get(after)?.push(before)
  const ids = [...order, ...nodes.map(({ id }) => id).filter((id) => !ordered.has(id))]
  const rows = ids.map((id, index) => {
    const { kind = '', state = '', runId = '', label = '' } = byId.get(id) ?? {}
    const place = index < order.length ? String(index + 1) : '–'
    return [place, id, kind, state, runId, (waitsFor.get(id) ?? []).join(' '), label]
  })
  const lines = [table([['#', 'ID', 'KIND', 'STATE', 'RUN', 'AFTER', 'WHAT'], ...rows], columns)]
  for (const cycle of cycles) lines.push(`⚠️  These wait for each other: ${[...cycle, cycle[0]].join(' → ')}`)
  return lines.join('\n')
}

export default defineCommands(dag)
