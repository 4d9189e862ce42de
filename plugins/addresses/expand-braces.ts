/** The most alternatives that one address stands for; with more its braces are read as `*`. */
const MAX_ALTERNATIVES = 256

/** The most characters of all of them together: a record may hold hundreds of addresses, and all are read. */
const MAX_EXPANDED_CHARACTERS = 16_384

/** `src/*.{js,ts}` → `src/*.js`, `src/*.ts`. Braces may be nested; without a comma in them they are characters. */
export function expandBraces(pattern: string): readonly string[] {
  if (!pattern.includes('{')) return [pattern]
  const done: string[] = []
  let open = [pattern]
  while (open.length > 0) {
    const next: string[] = []
    for (const one of open) {
      const found = outerBraces(one)
      if (found === null) done.push(one)
      else for (const choice of found.choices) next.push(found.before + choice + found.after)
    }
    if (isTooMuch(done, next)) return [withoutBraces(pattern)]
    open = next
  }
  return [...new Set(done)]
}

function isTooMuch(...alternatives: readonly (readonly string[])[]): boolean {
  const all = alternatives.flat()
  return all.length > MAX_ALTERNATIVES || all.reduce((sum, { length }) => sum + length, 0) > MAX_EXPANDED_CHARACTERS
}

/** The first pair of braces that has a comma of its own. One walk: of hundreds that are never closed each would take one. */
function outerBraces(pattern: string): { before: string; choices: string[]; after: string } | null {
  const open: { readonly start: number; readonly commas: number[] }[] = []
  let first: { readonly start: number; readonly commas: readonly number[]; readonly end: number } | null = null
  for (let at = pattern.indexOf('{'); at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '{') open.push({ start: at, commas: [] })
    else if (character === ',') open.at(-1)?.commas.push(at)
    else if (character === '}') {
      const closed = open.pop()
      if (closed !== undefined && closed.commas.length > 0 && closed.start < (first?.start ?? at)) {
        first = { ...closed, end: at }
      }
    }
  }
  if (first === null) return null
  const { start, commas, end } = first
  const choices = [start, ...commas].map((from, index) => pattern.slice(from + 1, commas[index] ?? end))
  return { before: pattern.slice(0, start), choices, after: pattern.slice(end + 1) }
}

/** Covers at least what the braces do. */
function withoutBraces(pattern: string): string {
  const first = pattern.indexOf('{')
  const last = pattern.lastIndexOf('}')
  const spansFolders = pattern.slice(first, last).includes('/')
  return `${pattern.slice(0, first)}${spansFolders ? '*/**' : `*${pattern.slice(last + 1)}`}`
}
