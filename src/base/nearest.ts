import { closest, distance } from 'fastest-levenshtein'

/** The candidate that a mistyped word most likely meant, or `''` when none is near. */
export function nearest(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return ''
  const candidate = closest(word, [...candidates])
  // What shares no letter is another word, however short both are.
  const far = Math.max(2, word.length / 3)
  const steps = distance(word, candidate)
  return steps <= far && steps < Math.max(word.length, candidate.length) ? candidate : ''
}
