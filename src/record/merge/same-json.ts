/**
 * Whether two JSON texts say the same, whatever their white space and the order of their keys.
 * The texts are compared first: a record that was sent again is nearly always spelled as it was.
 *
 * @throws SyntaxError when the texts differ and one of them is no JSON
 */
export function sameJson(one: string, other: string): boolean {
  return one === other || sameValue(JSON.parse(one), JSON.parse(other))
}

/** Keeps its own stack: a payload may be nested deeper than the calls of this process may be. */
function sameValue(one: unknown, other: unknown): boolean {
  const pairs: [unknown, unknown][] = [[one, other]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair
    if (left === right) continue
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

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
