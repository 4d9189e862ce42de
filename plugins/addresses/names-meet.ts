/** Whether a name of a path or a symbol stands for more than itself. */
export function isWild(name: string): boolean {
  return name.includes('*') || name.includes('?')
}

/** Whether some name fits both patterns: `*` stands for any characters or none, `?` for one. */
export function namesMeet(one: string, other: string): boolean {
  if (!isWild(one) && !isWild(other)) return one === other
  return sequencesMeet([...one], [...other], isAnything, charactersMeet)
}

function isAnything(character: string): boolean {
  return character === '*'
}

function charactersMeet(one: string, other: string): boolean {
  return one === other || one === '?' || other === '?'
}

/**
 * Whether two patterns have a sequence of elements in common, where a star stands for any elements or none. Exact: it
 * walks all pairs of positions, and takes time proportional to the product of the lengths.
 *
 * @param elementsMeet whether two elements, neither a star, have a value in common
 */
export function sequencesMeet<Element>(
  first: readonly Element[],
  second: readonly Element[],
  isStar: (element: Element) => boolean,
  elementsMeet: (one: Element, other: Element) => boolean,
): boolean {
  // From the ends backwards: `row[j]` tells whether first[i…] and second[j…] meet, `below` the same for i + 1.
  let below: boolean[] = []
  for (let i = first.length; i >= 0; i--) {
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
