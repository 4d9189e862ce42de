/** The texts of a list, for a line that people read. Whatever else a file holds in its place comes out as nothing. */
export function wordsOf(list: unknown): string {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string').join(' ') : ''
}
