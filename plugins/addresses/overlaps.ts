import { type Address, type PathPattern, parseAddress } from './address.js'
import { isWild, namesMeet, newSteps, type Steps, sequencesMeet } from './names-meet.js'

const ANY_FOLDERS = '**'

/** Two of many alternatives are compared for about as much as so many steps, though they have nothing to do with each other. */
const STEPS_OF_A_PAIR = 20

/**
 * Whether two addresses have anything in common, so that two runs that work there may meet. Symmetric.
 *
 * A file covers its symbols and a class its members; a folder covers what lies below it; a glob covers what it matches,
 * and two globs overlap when some path fits both. A path of plain names counts as a folder when it ends with `/`, when
 * its last name has no extension, or when the other address has names below it. Patterns that would take too long to
 * compare count as overlapping.
 *
 * @param steps how many the paths may take; is used up. Symbols have their own
 */
export function overlaps(one: string, other: string, steps: Steps = newSteps()): boolean {
  return addressesOverlap(parseAddress(one), parseAddress(other), steps)
}

/** The same for addresses that have been taken apart. */
export function addressesOverlap(one: Address, other: Address, steps: Steps = newSteps()): boolean {
  const most = steps.left
  const hasAlternatives = one.paths.length * other.paths.length > 1
  const doPathsMeet = withinBudget(steps, () =>
    one.paths.some((path) =>
      other.paths.some((otherPath) => {
        if (hasAlternatives) steps.left -= STEPS_OF_A_PAIR
        return steps.left < 0 || pathsOverlap(one, path, other, otherPath, steps)
      }),
    ),
  )
  const { symbol } = one
  const otherSymbol = other.symbol
  if (!doPathsMeet || symbol === null || otherSymbol === null) return doPathsMeet
  const symbolSteps = newSteps(most)
  // What is inside of a symbol belongs to it.
  const doSymbolsMeet = withinBudget(symbolSteps, () =>
    namesOverlap([...symbol, ANY_FOLDERS], [...otherSymbol, ANY_FOLDERS], symbolSteps),
  )
  // All that was used is taken from what was given.
  steps.left -= most - symbolSteps.left
  return doSymbolsMeet
}

/**
 * A comparison whose steps did not suffice has found that they meet, whatever it says: one side may walk into the end of its
 * budget where it does not matter any more, and both must hear the same.
 */
function withinBudget(steps: Steps, compare: () => boolean): boolean {
  return compare() || steps.left < 0
}

function pathsOverlap(one: Address, path: PathPattern, other: Address, otherPath: PathPattern, steps: Steps): boolean {
  if (one.symbol === null && isAbove(path, otherPath)) return true
  if (other.symbol === null && isAbove(otherPath, path)) return true
  // Most have nothing to do with each other, and it shows where their names first differ.
  if (isPlainlyApart(path, otherPath)) return false
  return namesOverlap(withContent(path), withContent(otherPath), steps)
}

/** Whether the other pattern begins with the very names of a plain path, which then is a folder or the same file. */
function isAbove({ names, literal }: PathPattern, other: PathPattern): boolean {
  return literal && names.length <= other.names.length && names.every((name, index) => name === other.names[index])
}

function isPlainlyApart(path: PathPattern, other: PathPattern): boolean {
  for (const [index, name] of path.names.entries()) {
    const otherName = other.names[index]
    if (otherName === undefined || isWild(name) || isWild(otherName)) return false
    if (name !== otherName) return true
  }
  return false
}

function withContent({ names, folder }: PathPattern): readonly string[] {
  return folder ? [...names, ANY_FOLDERS] : names
}

function namesOverlap(one: readonly string[], other: readonly string[], steps: Steps): boolean {
  return sequencesMeet(one, other, isAnyFolders, (name, otherName) => namesMeet(name, otherName, steps), steps)
}

function isAnyFolders(name: string): boolean {
  return name === ANY_FOLDERS
}
