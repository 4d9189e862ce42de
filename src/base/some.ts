/** `1 run`, `2 runs`. */
export function some(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
