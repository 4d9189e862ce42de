import measure from 'fast-string-truncated-width'

const GAP = 2
const NARROWEST = 8

/**
 * Rows as aligned columns that fit a width; the widest columns give way first, and what is cut ends in `…`.
 *
 * @param rows the first one is the header; all of one length
 * @param columns characters of the terminal; 0: no bound
 */
export function table(rows: readonly (readonly string[])[], columns: number): string {
  const cells = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => measure(row[column] ?? '').width)))
  if (columns > 0) narrow(widths, columns)
  return cells
    .map((row) =>
      row
        .map((cell, column) => fit(cell, widths[column] as number))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n')
}

/** Takes from the widest column, a character at a time, until the table fits or nothing can be taken. */
function narrow(widths: number[], columns: number): void {
  let excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - columns
  while (excess-- > 0) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) return
    widths[widths.indexOf(widest)] = widest - 1
  }
}

function fit(cell: string, width: number): string {
  const { width: shown, truncated, index } = measure(cell, { limit: width, ellipsis: '…' })
  const kept = truncated ? `${cell.slice(0, index)}…` : cell
  return kept + ' '.repeat(Math.max(0, width - (truncated ? measure(kept).width : shown)))
}
