import stringWidth from 'string-width'

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
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))))
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
  const own = stringWidth(cell)
  if (own <= width) return cell + ' '.repeat(width - own)
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(cell)) {
    const next = stringWidth(segment)
    if (used + next > width - 1) break
    kept += segment
    used += next
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`
}
