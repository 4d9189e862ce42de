import type { Folder } from '../../files/folder.js'

/**
 * In the folder of a space: the positions that were told of it, as names, so that processes which add and remove at once undo nothing.
 * Each begins with the generation of the state that it belongs to.
 */
const DIRECTORY = 'seen'
/** All of them are further names of this file, see `Folder.createLinked`. */
const ORIGINAL = '.seen'

/** The positions of a generation, the latest first. */
export function seenNames(space: Folder, generation: string): string[] {
  const start = nameOf(generation, '')
  return [...space.in(DIRECTORY).names()]
    .flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []))
    .sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10))
}

/** Throws `FILE_FAILED`. */
export function addSeen(space: Folder, generation: string, position: string): void {
  space.in(DIRECTORY).createLinked(nameOf(generation, position), ORIGINAL, '')
}

/** Throws `FILE_FAILED`. */
export function removeSeen(space: Folder, generation: string, positions: readonly string[]): void {
  for (const position of positions) space.in(DIRECTORY).remove(nameOf(generation, position))
}

/** A generation holds no `@`. */
function nameOf(generation: string, position: string): string {
  return `${generation}@${position}`
}
