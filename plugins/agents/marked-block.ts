/** The lines before and after a block: comments, in whatever the text is written in. */
export interface BlockMarks {
  readonly begin: string
  readonly end: string
}

const MARKDOWN: BlockMarks = { begin: '<!-- muse-coord:begin -->', end: '<!-- muse-coord:end -->' }

/** Puts a block of ours at the end of a text, or in place of what was ours, and leaves every other byte as it is. */
export function addBlock(text: string, content: string, marks = MARKDOWN): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const block = `${marks.begin}\n${content}\n${marks.end}\n`.replaceAll('\n', lineEnd)
  const found = find(text, marks)
  if (found !== null) return text.slice(0, found.start) + block + text.slice(found.end)
  return text === '' ? block : `${text}${lineEnd}${block}`
}

/** Takes the block out again. */
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
