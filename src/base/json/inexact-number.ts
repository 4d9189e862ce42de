const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/**
 * The first number in a JSON text that would change on its way through a program of JavaScript, which reads a double and
 * writes the shortest digits for it: 2^53+1 becomes 2^53, 2^60 gets other digits, 1e400 is none at all. `1.50` and `1.5` are
 * one number. `null`: there is none.
 */
export function findInexactNumber(text: string): string | null {
  for (const [token] of text.matchAll(TOKENS)) {
    if (token[0] !== '"' && decimalOf(token) !== decimalOf(String(Number(token)))) return token
  }
  return null
}

/** The same for two spellings of one decimal number; the text itself for what is no number. */
function decimalOf(spelt: string): string {
  const match = NUMBER.exec(spelt)
  if (match === null) return spelt
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const significant = digits.replace(/0+$/, '')
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}
