import measure from 'fast-string-truncated-width'

const GAP = 2
const NARROWEST = 8

/** What a cell says that has nothing to say. */
const NOTHING = '–'

/** How a column gives way where a table is too wide. */
export interface ColumnStyle {
  /** Its cells keep both ends: what tells paths apart stands there. */
  readonly keepsEnds?: boolean
  /** Characters that it keeps as long as another column may go instead; 8 when left out. */
  readonly least?: number
  /** Whether it may go as a whole; the highest goes first, and one that says nothing at once. Left out: it stays. */
  readonly goes?: number
  /** Makes a cell, its blanks too, what stands on a terminal. */
  readonly paint?: (padded: string, cell: string) => string
}

/**
 * Rows as aligned columns that fit a width. The widest columns give way first, then go those that may, then are the rest cut further;
 * what is cut has a `…`.
 *
 * @param rows the first one is the header; all of one length
 * @param columns characters of the terminal; 0: no bound
 * @param styles of each column; left out: as they are
 */
export function table(
  rows: readonly (readonly string[])[],
  columns: number,
  styles: readonly ColumnStyle[] = [],
): string {
  const cells = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))
  const natural = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => measure(row[column] ?? '').width)))
  for (const column of natural.keys()) {
    const saysNothing = cells.slice(1).every((row) => row[column] === '' || row[column] === NOTHING)
    if (saysNothing && styles[column]?.goes !== undefined) natural[column] = 0
  }
  const widths = columns > 0 ? fitted(natural, columns, styles) : natural
  return cells
    .map((row, index) =>
      row
        .flatMap((cell, column) => {
          const width = widths[column] ?? 0
          if (width === 0) return []
          const style = styles[column] ?? {}
          const padded = fit(cell, width, style.keepsEnds === true)
          return index > 0 && style.paint ? style.paint(padded, cell) : padded
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n')
}

/** The widths of columns; 0: it is left out. */
function fitted(natural: readonly number[], columns: number, styles: readonly ColumnStyle[]): readonly number[] {
  const widths = [...natural]
  const going = natural
    .map((_, column) => column)
    .filter((column) => styles[column]?.goes !== undefined)
    .sort((one, other) => (styles[one]?.goes ?? 0) - (styles[other]?.goes ?? 0))
  for (;;) {
    narrow(widths, columns, (column) => styles[column]?.least ?? NARROWEST)
    if (excess(widths, columns) <= 0) return widths
    const last = going.pop()
    if (last === undefined) {
      narrow(widths, columns, () => NARROWEST)
      return widths
    }
    // What is left may be as wide as it was.
    for (const [column, width] of natural.entries()) if (widths[column] !== 0) widths[column] = width
    widths[last] = 0
  }
}

/** Takes from the widest column, a character at a time, until the table fits or nothing can be taken. */
function narrow(widths: number[], columns: number, leastOf: (column: number) => number): void {
  while (excess(widths, columns) > 0) {
    const spare = widths.map((width, column) => (width > leastOf(column) ? width : 0))
    const widest = Math.max(...spare)
    if (widest === 0) return
    widths[spare.indexOf(widest)] = widest - 1
  }
}

function excess(widths: readonly number[], columns: number): number {
  return widths.reduce((sum, width) => (width === 0 ? sum : sum + width + GAP), -GAP) - columns
}

function fit(cell: string, width: number, keepsEnds: boolean): string {
  const kept = measure(cell).width <= width ? cell : keepsEnds ? cutInside(cell, width) : cutBehind(cell, width)
  return kept + ' '.repeat(Math.max(0, width - measure(kept).width))
}

function cutBehind(cell: string, width: number): string {
  const { index } = measure(cell, { limit: width, ellipsis: '…' })
  return `${cell.slice(0, index)}…`
}

/** The end of a path says more than its beginning, so it gets the larger half. */
function cutInside(cell: string, width: number): string {
  const ahead = Math.floor((width - 1) / 3)
  const begin = cell.slice(0, measure(cell, { limit: ahead, ellipsis: '' }).index)
  const letters = [...cell]
  let end = ''
  while (letters.length > 0) {
    const next = (letters.pop() as string) + end
    if (measure(next).width > width - 1 - measure(begin).width) break
    end = next
  }
  return `${begin}…${end}`
}
