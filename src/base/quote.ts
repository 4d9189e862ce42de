/** A value from outside as a short JSON text, for use in a sentence. */
export function quote(value: unknown): string {
  const text = textOf(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** What is nested so deeply that nothing can write it comes as a word: the sentence that names it must not fail. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch (error) {
    if (error instanceof RangeError) return Array.isArray(value) ? '[…]' : '{…}'
    throw error
  }
}
