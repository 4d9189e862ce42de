// One token of RFC 8259 after any blanks: the first group is punctuation, the second a string, the rest other values.
const TOKEN =
  /([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const BLANKS = /[ \t\n\r]*/y

type Expected = 'a value' | 'a value or ]' | 'a name' | 'a name or }' | ':' | ', or ]' | ', or }' | 'the end'

/**
 * Where a text stops being JSON, as the rest of a sentence: `expected : at line 2, column 7`; `null`: it is JSON. Node's
 * own sentences differ from version to version, name no place for most faults, and quote the text at length.
 */
export function jsonFault(text: string): string | null {
  const open: string[] = []
  let expected: Expected = 'a value'
  let at = 0
  for (;;) {
    BLANKS.lastIndex = at
    BLANKS.test(text)
    at = BLANKS.lastIndex
    if (at === text.length) return expected === 'the end' ? null : `ends where ${expected} belongs, ${place(text, at)}`
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    const next: Expected | null = match === null ? null : follow(expected, match[1] ?? (match[2] ? '"' : '0'), open)
    if (next === null) return `expected ${expected}, ${place(text, at)}`
    expected = next
    at = TOKEN.lastIndex
  }
}

/** What may come after a token, `null` where it does not belong. `"` stands for strings, `0` for numbers and words. */
function follow(expected: Expected, token: string, open: string[]): Expected | null {
  const takesValue = expected === 'a value' || expected === 'a value or ]'
  switch (token) {
    case '{':
    case '[':
      if (!takesValue) return null
      open.push(token)
      return token === '{' ? 'a name or }' : 'a value or ]'
    case '}':
    case ']':
      if (!expected.endsWith(token)) return null
      open.pop()
      return afterValue(open)
    case ',':
      if (!expected.startsWith(',')) return null
      return expected === ', or }' ? 'a name' : 'a value'
    case ':':
      return expected === ':' ? 'a value' : null
    default:
      if (token === '"' && expected.startsWith('a name')) return ':'
      return takesValue ? afterValue(open) : null
  }
}

function afterValue(open: readonly string[]): Expected {
  const inner = open.at(-1)
  return inner === undefined ? 'the end' : inner === '{' ? ', or }' : ', or ]'
}

function place(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}
