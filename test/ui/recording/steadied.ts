import { createHash } from 'node:crypto'

/**
 * A session as it would be at another time, so that the same commands give the same recording: ids by the order in
 * which they come, the end of each hold an hour after noon, and seconds that went by as one.
 */
export function steadied(texts: readonly string[]): readonly string[] {
  const ids = new Map<string, string>()
  for (const [id] of texts.join('\n').matchAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g)) {
    if (!ids.has(id)) ids.set(id, idOf(ids.size))
  }
  return texts.map((text) => {
    let steady = text
    for (const [id, other] of ids) steady = steady.replaceAll(id, other).replaceAll(id.slice(0, 8), other.slice(0, 8))
    return steady.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, '2026-03-18 13:00:00Z').replace(/\b\d(?= ?s ago)/g, '1')
  })
}

function idOf(place: number): string {
  const hex = createHash('sha256').update(`record ${place}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
