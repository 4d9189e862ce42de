import { endText, type IgnoredFile, shellWord, table } from '../../src/plugin.js'
import type { Conflict, Conflicts } from './conflicts.js'

/** In a command that can be typed. */
const MOST_ADDRESSES = 10

/** @param columns see `table` */
export function conflictText(conflicts: Conflicts, columns: number): string {
  const rows = conflicts.map(({ address, heldAddress, kind, runId, branch, operation, until, recordId }) => [
    address === heldAddress ? address : `${address} (${heldAddress})`,
    branch === '' ? runId : `${runId}@${branch}`,
    operation ?? (kind === 'reservation' ? '' : kind),
    endText(until),
    recordId,
  ])
  const text = table([['ADDRESS', 'HELD BY', 'OPERATION', 'UNTIL', 'RECORD'], ...rows], columns)
  return conflicts.leftOut === undefined ? text : `${text}\n   … and ${conflicts.leftOut} more`
}

/** What may be done about what others hold, the first of it: a sentence with commands that can be typed as they stand. */
export function heldCure(conflicts: readonly Conflict[]): string {
  const addresses = new Set(conflicts.map(({ heldAddress }) => heldAddress))
  const held = [...addresses].slice(0, MOST_ADDRESSES).map(addressWord).join(' ')
  return `Work on something else, wait for it (\`muse-coord wait ${held}\`), or stand in line (\`muse-coord reserve ${held} --deny --wait\`).`
}

/** What may be done where nobody can tell whether something is held. */
export function unknownCure([broken]: readonly IgnoredFile[]): string {
  if (broken === undefined) return 'Bring what other machines hold: `muse-coord sync pull --all`.'
  const [from, to] = [broken.path, `${broken.path}.broken`].map(shellWord)
  return `Mend ${broken.path}, or move it away: \`mv ${from} ${to}\`.`
}

/** An address counts from the top of the working tree only with `:/`. */
function addressWord(address: string): string {
  return shellWord(`:/${address}`)
}

/** That a path is not there, and what was perhaps meant. */
export function misspeltText(address: string, nearest: string): string {
  return `⚠️  ${address} is not there (yet); did you mean ${nearest}?`
}
