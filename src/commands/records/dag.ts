import type { Dag } from '../../workspace/dag.js'
import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION } from '../max-age.js'
import { table } from '../table.js'

export const dag = defineCommand({
  name: 'dag',
  summary: 'Show what waits for what, and in which order it can be done.',
  moment: 'look',
  description: `Puts reservations (by --depends-on), tasks (by --after) and the records of other kinds in an order in which each comes
after all that it waits for. What waits for itself through others is named as a cycle, and is in no order. Without --all it shows
what is open and what that waits for.`,
  options: [
    { flag: '--mermaid', description: 'Print a Mermaid flowchart.' },
    { flag: '--all', description: 'Also what is over.' },
    MAX_AGE_OPTION,
  ],
  examples: ['dag --json', 'dag --mermaid > plan.mmd'],
  json: [
    'nodes           [{id, kind, state, run_id, label}]; kind unknown: nobody has written it',
    'edges           [{before, after}] ids',
    'order           [id] each after all that it waits for',
    'cycles          [[id]] each after the one it waits for, the first after the last',
    'mermaid         with --mermaid: the chart',
  ],
  exitCodes: { 0: 'shown' },
  async run({ flags, output, session: openSession }) {
    const session = await openSession()
    const [{ dag }, { mermaid }] = await Promise.all([import('../../workspace/dag.js'), import('./mermaid.js')])
    const graph = dag(session, { all: flags.on('all') })
    const toTake = new Set(session.registry.all.flatMap(({ name, open }) => (open ? name : [])))
    const chart = flags.on('mermaid') ? { mermaid: mermaid(graph, toTake) } : {}
    return {
      result: { ...graph, ...chart },
      text: chart.mermaid ?? textOf(graph, output.columns),
      // Whoever reads a chart reads nothing else.
      isPlain: chart.mermaid !== undefined,
    }
  },
})

function textOf({ nodes, edges, order, cycles }: Dag, columns: number): string {
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
