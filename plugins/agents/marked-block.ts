const BEGIN = '<!-- muse-coord:begin -->'
const END = '<!-- muse-coord:end -->'

/** Puts a block of ours at the end of a text of Markdown, or in place of what was ours, and leaves every other byte as it is. */
export function addBlock(text: string, content: string): string {
  const block = `${BEGIN}\n${content}\n${END}\n`
  const found = find(text)
  if (found !== null) return text.slice(0, found.start) + block + text.slice(found.end)
  return text === '' ? block : `${text}\n${block}`
}

/** Takes the block out again. */
export function removeBlock(text: string): string {
  const found = find(text)
  if (found === null) return text
  // The line end before it came with it.
  const start = text[found.start - 1] === '\n' ? found.start - 1 : found.start
  return text.slice(0, start) + text.slice(found.end)
}

function find(text: string): { start: number; end: number } | null {
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(END, start)
  if (start === -1 || end === -1) return null
  const after = end + END.length
  return { start, end: text[after] === '\n' ? after + 1 : after }
}
