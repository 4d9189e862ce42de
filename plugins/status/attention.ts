import { isSafeRecordId } from '../../src/plugin.js'
import type { Picture } from './read-status.js'

/** Something that a person or an agent should do, and the command that does it or shows more. */
export interface Attention {
  readonly what: 'run_gone' | 'run_stuck' | 'conflict' | 'tasks_blocked' | 'unreadable_files' | 'unsent'
  readonly message: string
  readonly command: string
}

/** What needs attention, the most urgent first: work that nobody does comes before work that two do. */
export function attentionOf({ runs, conflicts, tasks, problems, unsent }: Picture): readonly Attention[] {
  const items: Attention[] = []
  for (const { runId, state, reservations, claims } of runs) {
    if (state === 'alive' || reservations + claims === 0) continue
    const holding = `${reservations} reservation(s) and ${claims} task(s)`
    if (state === 'gone') {
      items.push({
        what: 'run_gone',
        message: `${runId} is gone and holds ${holding}`,
        command: about(runId, reservations > 0 ? 'release --all' : 'tasks'),
      })
    } else {
      items.push({
        what: 'run_stuck',
        message: `${runId} beats, but has written nothing else for long; it holds ${holding}`,
        command: about(runId, 'log'),
      })
    }
  }
  for (const { conflictType, agents, addresses } of conflicts) {
    const message = `${agents.join(' and ')}: ${conflictType} at ${addresses.join(' ')}`
    items.push({ what: 'conflict', message, command: 'forecast' })
  }
  const blocked = tasks.blocked ?? 0
  if (blocked > 0) {
    const message = `${blocked} task(s) wait for one that has failed`
    items.push({ what: 'tasks_blocked', message, command: 'tasks --status blocked' })
  }
  if (problems.length > 0) {
    const message = `${problems.length} file(s) hold no record: ${problems[0]?.path} ${problems[0]?.reason}`
    items.push({ what: 'unreadable_files', message, command: 'status --json' })
  }
  if (unsent !== null && unsent.total > 0) {
    items.push({ what: 'unsent', message: `${unsent.total} record(s) are unsent`, command: 'sync push' })
  }
  return items
}

/** Commands are there to be copied into a shell, and the run id may be that of a stranger: `x; rm -rf ~`. */
function about(runId: string, command: string): string {
  return isSafeRecordId(runId) ? `${command} --run-id ${runId}` : 'status --json'
}
