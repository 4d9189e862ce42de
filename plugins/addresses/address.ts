import type { Meeting } from '../../src/plugin.js'
import { expandBraces } from './expand-braces.js'
import { isWild } from './names-meet.js'

/** The names of a path, from the root of the repository. `**` stands for any folders or none. */
export interface PathPattern {
  readonly names: readonly string[]
  /** Whether it covers what lies below it. */
  readonly folder: boolean
  /** Whether it is one path, without wildcards. */
  readonly literal: boolean
}

/** What can be reserved: `src/a.ts::Parser.next`, `src/a.ts`, `src/`, `src/**`, `src/*.{js,ts}`. */
export interface Address {
  readonly text: string
  /** More than one where the address has braces. */
  readonly paths: readonly PathPattern[]
  /** The names of the symbol, outermost first; `null`: the whole file. */
  readonly symbol: readonly string[] | null
}

/** The most characters that are read as a pattern; what is longer was made to keep its readers busy. */
export const MAX_ADDRESS_LENGTH = 1024

/**
 * Takes an address apart. Other programs write addresses too, so none is refused; what makes no sense covers nothing
 * but itself. Of the characters that globs use, `*`, `?` and `{a,b}` are special; brackets are not, for there are
 * frameworks whose file names have them (`app/[id]/page.tsx`). Without case `Src/A.ts` is read as `src/a.ts`; symbols keep theirs.
 */
export function parseAddress(text: string, { ignoresCase }: Meeting = { ignoresCase: false }): Address {
  if (text.length > MAX_ADDRESS_LENGTH) {
    return { text, paths: [{ names: [text.replace(/[*?]/g, '\0')], folder: false, literal: true }], symbol: null }
  }
  const normal = text.normalize('NFC')
  const at = normal.indexOf('::')
  const typed = at === -1 ? normal : normal.slice(0, at)
  const path = ignoresCase ? typed.toLowerCase() : typed
  const symbol = at === -1 ? null : symbolNames(normal.slice(at + 2))
  return { text, paths: expandBraces(path).map((one) => pathPattern(one, symbol !== null)), symbol }
}

function pathPattern(path: string, isFile: boolean): PathPattern {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    // `a**b` is `a*b`, and two `**` in a row are one.
    const plain = name === '**' || !name.includes('**') ? name : name.replace(/\*{2,}/g, '*')
    if (plain !== '**' || names.at(-1) !== '**') names.push(plain)
  }
  const last = names.at(-1)
  const folder = !isFile && (path.endsWith('/') || last === undefined || mayBeFolder(last))
  return { names, folder, literal: !names.some(isWild) }
}

/** A plain name may be a folder's unless it has an extension: `src`, `.github`, but not `a.ts`. */
function mayBeFolder(name: string): boolean {
  return !isWild(name) && name.indexOf('.', 1) === -1
}

function symbolNames(symbol: string): readonly string[] {
  const names = symbol.split(/::|[.#]/).filter((name) => name !== '')
  return names.length === 0 ? [symbol] : names
}
