import { existsSync, readFileSync } from 'node:fs'
import { type Belief, overlapsIn } from '../exclusive-runs.js'

/** What an agent was told or did, as it wrote it down. */
type Entry = { readonly at: number; readonly what: string } & (
  | { readonly event: 'has'; readonly until: number }
  | { readonly event: 'gives' | 'completed' | 'left' | 'surprise' }
  | { readonly event: 'checked'; readonly from: number; readonly status: 'free' | 'held' | 'unknown' }
  | { readonly event: 'ran'; readonly code: number }
)

export interface Journal {
  /** Of one process: those of one name are several. */
  readonly agent: string
  readonly file: string
  /** When it was killed, milliseconds since 1970; it believes nothing any more. */
  readonly killedAt: number | null
}

export interface Judged {
  /** Commands by how they ended: `reserve 6`. */
  readonly commands: ReadonlyMap<string, number>
  readonly holds: number
  readonly completed: number
  /** Questions whether a file is free, by the answer. */
  readonly checks: ReadonlyMap<string, number>
  readonly violations: readonly string[]
}

/** What may not be in the journals of all agents: two that have one thing, and one that is told free what another has. */
export function judgeJournals(journals: readonly Journal[]): Judged {
  const read = journals.map((journal) => ({ ...journal, entries: entriesOf(journal.file) }))
  const beliefs = read.flatMap(({ agent, entries, killedAt }) => beliefsOf(agent, entries, killedAt))
  const commands = new Map<string, number>()
  const checks = new Map<string, number>()
  const completed = new Map<string, string>()
  const violations = overlapsIn(beliefs)
  for (const { agent, entries } of read) {
    for (const entry of entries) {
      const { what } = entry
      if (entry.event === 'ran') count(commands, `${what} ${entry.code}`)
      if (entry.event === 'surprise') violations.push(`${agent}: ${what}`)
      if (entry.event === 'checked') {
        count(checks, entry.status)
        const holder = beliefs.find((one) => one.run !== agent && isHeldWhile(one, entry))
        if (entry.status === 'free' && holder !== undefined)
          violations.push(`${agent} was told that ${what} is free, at ${entry.at}, and ${holder.run} has it`)
      }
      if (entry.event === 'completed') {
        const other = completed.get(what)
        if (other !== undefined) violations.push(`${what} was completed by ${other} and by ${agent}`)
        completed.set(what, agent)
      }
    }
  }
  return { commands, holds: beliefs.length, completed: completed.size, checks, violations }
}

/** A killed process may have written half of its last line. */
function entriesOf(file: string): Entry[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Entry)
}

function beliefsOf(agent: string, entries: readonly Entry[], killedAt: number | null): Belief[] {
  const beliefs: Belief[] = []
  const open = new Map<string, Belief>()
  const end = killedAt ?? Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const { at, what } = entry
    const known = open.get(what)
    if (entry.event === 'has') {
      const until = Math.min(entry.until, end)
      if (known !== undefined) known.until = until
      else {
        const belief = { run: agent, what, from: at, until }
        open.set(what, belief)
        beliefs.push(belief)
      }
    }
    if (entry.event === 'gives' && known !== undefined) {
      known.until = Math.min(known.until, at)
      open.delete(what)
    }
  }
  return beliefs
}

/** From before the question until after the answer. */
function isHeldWhile({ what, from, until }: Belief, check: { what: string; from: number; at: number }): boolean {
  return what === check.what && from <= check.from && until >= check.at
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
