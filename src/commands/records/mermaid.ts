import type { Dag } from '../../workspace/dag.js'

/**
 * The graph as a Mermaid flowchart.
 *
 * @param toTake names of the kinds whose records can be taken: they are drawn round
 */
export function mermaid({ nodes, edges }: Pick<Dag, 'nodes' | 'edges'>, toTake: ReadonlySet<string>): string {
  const names = new Map(nodes.map(({ id }, index) => [id, `n${index}`]))
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, state, runId, label }) => {
      const words = [label || id, [state, runId].filter((word) => word !== '').join(', ')]
      const text = words.map(escaped).join('<br>')
      const [open, close] = toTake.has(kind) ? ['([', '])'] : ['[', ']']
      return `  ${names.get(id)}${open}"${text}"${close}`
    }),
    ...edges.map(({ before, after }) => `  ${names.get(before)} --> ${names.get(after)}`),
  ].join('\n')
}

/** Mermaid writes entities with # and reads HTML in labels. */
function escaped(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').replace(/[#&<>"`\\]/g, (character) => `#${character.codePointAt(0)};`)
}
