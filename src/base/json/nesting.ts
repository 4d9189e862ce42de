/** The most levels that objects and lists may be nested: what is deeper was made to break its readers. */
export const MAX_DEPTH = 200

/** A value as JSON; `null` for one that is nested deeper than `maxDepth` levels, or than the stack. */
export function jsonWithin(value: object, maxDepth: number): string | null {
  try {
    const text = JSON.stringify(value)
    return isNestedTooDeep(text, maxDepth) ? null : text
  } catch {
    return null
  }
}

/** Whether a JSON text has more than `maxDepth` levels of objects and lists. */
export function isNestedTooDeep(text: string, maxDepth: number): boolean {
  // Openers are counted first: nearly every text has few of them, and that is a search without a look at each character.
  let openers = 0
  for (const opener of ['{', '[']) {
    for (let at = text.indexOf(opener); at !== -1 && openers <= maxDepth; at = text.indexOf(opener, at + 1)) openers++
  }
  if (openers <= maxDepth) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      if (++depth > maxDepth) return true
    } else if (character === '}' || character === ']') depth--
  }
  return false
}
