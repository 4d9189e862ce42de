/** The lines before and after a block: comments, in whatever the text is written in. */
export interface BlockMarks {
  readonly begin: string
  readonly end: string
}

const MARKDOWN: BlockMarks = { begin: '<!-- muse-coord:begin -->', end: '<!-- muse-coord:end -->' }

/**
 * Puts a block of ours at the end of a text, or in place of what was ours, and leaves every other byte as it is.
 *
 * @param text `null`: there is no file. One that is empty has an empty line before the block, by which it is known later
 */
export function addBlock(text: string | null, content: string, marks = MARKDOWN): string {
  if (text === null) return `${marks.begin}\n${content}\n${marks.end}\n`
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const block = `${marks.begin}\n${content}\n${marks.end}\n`.replaceAll('\n', lineEnd)
  const found = find(text, marks)
  if (found !== null) return text.slice(0, found.start) + block + text.slice(found.end)
  return `${text}${lineEnd}${block}`
}

/** Takes the block out again. `null`: the file was made for it alone. */
export function restOfBlock(text: string, marks = MARKDOWN): string | null {
  const rest = removeBlock(text, marks)
  return rest === '' && text.startsWith(marks.begin) ? null : rest
}

/** The same of a file that stays in any case. */
export function removeBlock(text: string, marks = MARKDOWN): string {
  const found = find(text, marks)
  if (found === null) return text
  // The line end before it came with it.
  const [before = ''] = /\r?\n?$/.exec(text.slice(0, found.start)) ?? []
  return text.slice(0, found.start - before.length) + text.slice(found.end)
}

function find(text: string, marks: BlockMarks): { start: number; end: number } | null {
  const start = text.indexOf(marks.begin)
  const end = text.indexOf(marks.end, start)
  if (start === -1 || end === -1) return null
  const [after = ''] = /^\r?\n/.exec(text.slice(end + marks.end.length)) ?? []
  return { start, end: end + marks.end.length + after.length }
}
