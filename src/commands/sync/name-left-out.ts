import type { Output } from '../output.js'

/** Something that did not arrive, and why: the rest of a sentence that begins with its name. */
interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** How many are named; the rest is counted by reason, and `--json` has all. */
const NAMED = 20
const REASONS = 5

/** Says what did not arrive, a line each, as far as somebody would read that. */
export function nameLeftOut(output: Output, what: string, all: readonly LeftOut[]): void {
  for (const { name, reason } of all.slice(0, NAMED)) output.note(`⚠️  ${what} ${name}: ${reason}`)
  const others = all.slice(NAMED)
  if (others.length === 0) return
  const counts = new Map<string, number>()
  for (const { reason } of others) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const reasons = [...counts].sort(([, one], [, other]) => other - one)
  const told = reasons.slice(0, REASONS).map(([reason, count]) => `${count} × ${reason}`)
  const untold = reasons.slice(REASONS).reduce((sum, [, count]) => sum + count, 0)
  if (untold > 0) told.push(`${untold} for other reasons`)
  output.note(`⚠️  ${what} ${others.length} more: ${told.join('; ')}`)
}
