import { summary } from '../statistics.js'

/**
 * The verbs as a Markdown table: CPU in stores of each size, how it grows, and what else it takes.
 *
 * @param {readonly object[]} lines of `measureVerbs`
 */
export function verbTable(lines) {
  const sizes = lines[0].sizes.map(({ size }) => size)
  // It opens no store, so what it took beside each of them is taken together.
  const floor = summary(lines.find(({ isFloor }) => isFloor).sizes.map(({ cpu }) => cpu.median)).median
  const [first, last] = [sizes[0], sizes.at(-1)].map((size) => size.toLocaleString('en'))
  const head = [
    'CPU, ms; records that are over:',
    ...sizes.map((size) => size.toLocaleString('en')),
    `${last} : ${first}`,
    'of `node -e 0`',
    `wall at ${last}, ms`,
    'memory, MB',
  ]
  const rows = lines.map(({ name, sizes: measured }) => {
    const [smallest, largest] = [measured[0], measured.at(-1)]
    return [
      name.startsWith('node') ? `\`${name}\`` : name,
      ...measured.map(({ cpu }) => figure(cpu)),
      (largest.cpu.median / smallest.cpu.median).toFixed(2),
      (largest.cpu.median / floor).toFixed(1),
      figure(largest.wall),
      `${smallest.peakMegabytes}–${largest.peakMegabytes}`,
    ]
  })
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column].length)))
  const print = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [print(head), rule, ...rows.map(print)].join('\n')
}

function figure({ median, low, high }) {
  return `${median.toFixed(0)} (${low.toFixed(0)}–${high.toFixed(0)})`
}
