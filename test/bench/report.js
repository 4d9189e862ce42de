/** A row leads or does not; where it does not, the table must say so. */
const LEADS = 'leads'

/**
 * What the figures of a row say: each contender's ratio to the best peer. For times less is better, for rates more.
 *
 * @param {{ unit: string, contenders: readonly { name: string, median: number, isOurs: boolean, isFloor: boolean }[] }} row
 */
export function compare({ unit, contenders }) {
  const isRate = unit.endsWith('/s')
  const peers = contenders.filter(({ isOurs, isFloor }) => !isOurs && !isFloor)
  if (peers.length === 0) return null
  const best = peers.reduce((one, other) => (isRate === other.median > one.median ? other : one))
  const ours = contenders
    .filter(({ isOurs }) => isOurs)
    .map(({ name, median }) => ({ name, ratio: median / best.median }))
  const behind = ours.filter(({ ratio }) => (isRate ? ratio < 1 : ratio > 1)).map(({ name }) => name)
  return {
    best: best.name,
    ours,
    verdict: behind.length === 0 ? LEADS : `${best.name} is ahead of ${behind.join(' and ')}`,
  }
}

/**
 * The rows as a text table.
 *
 * @param {readonly object[]} rows of `measureSync` and `measureClaims`
 */
export function tableOf(rows) {
  const names = [...new Set(rows.flatMap(({ contenders }) => contenders.map(({ name }) => name)))]
  const ours = [
    ...new Set(rows.flatMap(({ contenders }) => contenders.filter(({ isOurs }) => isOurs).map((one) => one.name))),
  ]
  const head = ['row', 'records', 'unit', ...names, ...ours.map((name) => `${name} : best peer`), '']
  const lines = rows.map((row) => {
    const { ours: ratios, verdict } = compare(row) ?? { ours: [], verdict: '' }
    const cells = names.map((name) => figure(row.contenders.find((one) => one.name === name)))
    const ratioCells = ours.map((name) => ratioText(ratios.find((one) => one.name === name)?.ratio))
    return [row.title, row.size?.toLocaleString('en') ?? '', row.unit, ...cells, ...ratioCells, verdict]
  })
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((cells) => cells[column].length)))
  const print = (cells) =>
    cells.map((cell, column) => (column < 1 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')
  return [print(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(print)].join('\n')
}

/** Median and the span of the samples. */
function figure(measured) {
  if (measured === undefined) return '–'
  return `${digits(measured.median)} (${digits(measured.low)}–${digits(measured.high)})`
}

function ratioText(ratio) {
  return ratio === undefined ? '–' : ratio.toFixed(ratio < 10 ? 2 : 0)
}

function digits(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2)
}
