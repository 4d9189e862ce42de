import { sequencesMeet } from './sequences-meet.js'

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
