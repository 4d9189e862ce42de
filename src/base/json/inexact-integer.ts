/** So many digits in a row may be a whole number that a double cannot hold. */
const LONG_DIGITS = /\d{16}/
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs

/**
 * The first whole number in a JSON text that would change on its way: JavaScript reads numbers as doubles, so beyond 2^53
 * some become others. `null`: there is none.
 */
export function findInexactInteger(text: string): string | null {
  if (!LONG_DIGITS.test(text)) return null
  for (const [token] of text.matchAll(TOKENS)) {
    if (/^-?\d{16,}$/.test(token) && !arrives(token)) return token
  }
  return null
}

/** JavaScript writes the shortest text that stands for a double, so 2^60 goes out as 1152921504606847000. */
function arrives(integer: string): boolean {
  const read = Number(integer)
  return String(read) === integer || BigInt(read) === BigInt(integer)
}
