/**
 * Whether a JSON text that comes in says what a stored one says, whatever their white space and the order of their keys.
 * Numbers are compared as they are spelt, for what travels is text: 2^53 and 2^53+1 are one double and two numbers. Stores
 * were filled by programs that wrote a number anew, so its shortest JavaScript spelling counts as the same.
 *
 * @throws SyntaxError when the texts differ and one of them is no JSON
 */
export function sameJson(incoming: string, stored: string): boolean {
  // A record that was sent again is nearly always spelled as it was.
  return incoming === stored || sameValue(JSON.parse(marked(incoming)), JSON.parse(marked(stored)))
}

const TEXT = 't'
const NUMBER = 'n'
/** Strings and numbers: of a text that is JSON nothing else begins with a quote, a digit or a minus. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/** The same document with every number as a string of its spelling, and a letter before each string that tells which it is. */
function marked(text: string): string {
  return text.replace(TOKENS, (token) => (token[0] === '"' ? `"${TEXT}${token.slice(1)}` : `"${NUMBER}${token}"`))
}

/** Keeps its own stack: a payload may be nested deeper than the calls of this process may be. */
function sameValue(incoming: unknown, stored: unknown): boolean {
  const pairs: [unknown, unknown][] = [[incoming, stored]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair
    if (left === right || isOldSpelling(left, right)) continue
    if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right)) return false
    const keys = Object.keys(left)
    if (keys.length !== Object.keys(right).length) return false
    for (const key of keys) {
      if (!Object.hasOwn(right, key)) return false
      pairs.push([left[key], right[key]])
    }
  }
  return true
}

/** Whether a stored value is what JavaScript writes for an incoming number: `1.5` for `1.50`, `null` for `1e400`. */
function isOldSpelling(incoming: unknown, stored: unknown): boolean {
  if (typeof incoming !== 'string' || incoming[0] !== NUMBER) return false
  const number = incoming.slice(NUMBER.length)
  const value = Number(number)
  // A whole number that no double holds was never written anew: it was left out.
  if (/^-?\d+$/.test(number) && Number.isFinite(value) && BigInt(value) !== BigInt(number)) return false
  const written = JSON.stringify(value)
  return written === 'null' ? stored === null : stored === NUMBER + written
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
