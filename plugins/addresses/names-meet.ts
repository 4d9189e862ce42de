/** Whether a name of a path or a symbol stands for more than itself. */
export function isWild(name: string): boolean {
  return name.includes('*') || name.includes('?')
}

/** How many more pairs of positions a comparison may look at. */
export interface Steps {
  left: number
}

/** For one comparison: some milliseconds. Two globs that people write take a few hundred steps. */
const STEPS_AT_MOST = 100_000

export function newSteps(most = STEPS_AT_MOST): Steps {
  return { left: most }
}

/** Whether some name fits both patterns: `*` stands for any characters or none, `?` for one. */
export function namesMeet(one: string, other: string, steps: Steps = newSteps()): boolean {
  if (!isWild(one) && !isWild(other)) return one === other
  return sequencesMeet([...one], [...other], isAnything, charactersMeet, steps)
}

function isAnything(character: string): boolean {
  return character === '*'
}

function charactersMeet(one: string, other: string): boolean {
  return one === other || one === '?' || other === '?'
}

/**
 * Whether two patterns have a sequence of elements in common, where a star stands for any elements or none. Exact: it
 * walks all pairs of positions, and takes time proportional to the product of the lengths. Where the steps do not
 * suffice the patterns count as meeting, because a warning too many does less harm than one that never comes.
 *
 * @param elementsMeet whether two elements, neither a star, have a value in common
 * @param steps is used up
 */
export function sequencesMeet<Element>(
  first: readonly Element[],
  second: readonly Element[],
  isStar: (element: Element) => boolean,
  elementsMeet: (one: Element, other: Element) => boolean,
  steps: Steps,
): boolean {
  // From the ends backwards: `row[j]` tells whether first[i…] and second[j…] meet, `below` the same for i + 1.
  let below: boolean[] = []
  for (let i = first.length; i >= 0; i--) {
    steps.left -= second.length + 1
    if (steps.left < 0) return true
    const row: boolean[] = new Array(second.length + 1)
    for (let j = second.length; j >= 0; j--) row[j] = meetAt(i, j, row, below)
    below = row
  }
  return below[0] as boolean

  function meetAt(i: number, j: number, row: readonly boolean[], below: readonly boolean[]): boolean {
    const one = first[i]
    const other = second[j]
    if (one !== undefined && isStar(one)) return Boolean(below[j]) || (other !== undefined && Boolean(row[j + 1]))
    if (other !== undefined && isStar(other)) return Boolean(row[j + 1]) || (one !== undefined && Boolean(below[j]))
    if (one === undefined || other === undefined) return one === other
    return Boolean(below[j + 1]) && elementsMeet(one, other)
  }
}
