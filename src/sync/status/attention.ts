import { shellWord } from '../../base/shell-word.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { isSafeRecordId } from '../../record/record.js'
import { lossText } from '../holding/exclusive-holds.js'
import { type Picture, recordsHeld } from './picture.js'

/** Something that a person or an agent should do, and the command that does it or shows more. */
export interface Attention {
  /**
   * `hold_lost`, `run_gone`, `run_late`, `tasks_blocked` (the directory of the kind), `unreadable_files`, `tracked_records`,
   * `records_refused`, `records_in_conflict`, `schema_broken`, `unsent`; plugins add theirs.
   */
  readonly what: string
  readonly message: string
  /** A command line of this program. */
  readonly command: string
}

/** Work that is being lost, or that nobody does; the rest can wait for a moment. */
const URGENT: ReadonlySet<string> = new Set(['hold_lost', 'run_gone', 'taken', 'edits_unchecked'])

export function isUrgent({ what }: Pick<Attention, 'what'>): boolean {
  return URGENT.has(what)
}

/**
 * What needs attention, the most urgent first: work that nobody does comes before work that two do.
 *
 * @param more what plugins add
 * @param lossCommand by which a run is told what it has lost; without one it is shown it
 */
export function attentionOf(
  { runs, lost, counts, problems, remarks, tracked, toPush, elsewhere }: Picture,
  registry: KindRegistry,
  more: readonly Attention[],
  lossCommand = 'mine',
): readonly Attention[] {
  const items: Attention[] = lost.map((hold) => {
    return { what: 'hold_lost', message: lossText(hold), command: about(hold.runId, lossCommand) }
  })
  for (const run of runs) {
    const { runId, state } = run
    const kinds = registry.all.filter(({ name }) => run.holds.some((hold) => hold.kind === name))
    if (kinds.length === 0 || (state !== 'gone' && state !== 'late')) continue
    const holding = kinds.map(({ name }) => `${recordsHeld(run, name)} ${name}(s)`).join(' and ')
    if (state === 'gone') {
      items.push({ what: 'run_gone', message: `${runId} is gone and holds ${holding}`, command: about(runId, 'leave') })
    } else {
      const message = `${runId} is late: it has given no sign of life for long, and holds ${holding}`
      items.push({ what: 'run_late', message, command: about(runId, 'log') })
    }
  }
  items.push(...more)
  for (const [kind, { blocked = 0 }] of counts) {
    if (blocked === 0) continue
    const message = `${blocked} ${kind.name}(s) wait for one that has failed`
    items.push({ what: `${kind.directory}_blocked`, message, command: 'dag' })
  }
  if (problems.length > 0) {
    const message = `${problems.length} file(s) or directories are passed over: ${problems[0]?.path} ${problems[0]?.reason}`
    items.push({ what: 'unreadable_files', message, command: 'status --json' })
  }
  if (tracked.length > 0) {
    const message = `git tracks ${tracked.length} file(s) of the store: ${tracked[0]}`
    items.push({ what: 'tracked_records', message, command: 'doctor' })
  }
  items.push(...remarksOf(remarks))
  if (toPush > 0) {
    const to = elsewhere === null ? '' : ` to ${elsewhere.owner}/${elsewhere.slug} at ${elsewhere.hub}`
    items.push({ what: 'unsent', message: `${toPush} record(s) are unsent${to}`, command: pushTo(elsewhere) })
  }
  return items
}

const REMARKS = {
  refused: ['records_refused', 'record(s) are refused'],
  conflict: ['records_in_conflict', 'record(s) are not taken, because of what the hub has'],
  schema: ['schema_broken', 'record(s) are sent and break the schema of their kind'],
} as const

function remarksOf(remarks: Picture['remarks']): readonly Attention[] {
  return (['refused', 'conflict', 'schema'] as const).flatMap((what) => {
    const [first, ...others] = remarks.filter((remark) => remark.what === what)
    if (first === undefined) return []
    const [name, sentence] = REMARKS[what]
    const message = `${others.length + 1} ${sentence}: ${first.kind}/${first.recordId} (${first.reason})`
    return [{ what: name, message, command: 'status --json' }]
  })
}

function pushTo(elsewhere: Picture['elsewhere']): string {
  if (elsewhere === null) return 'sync push'
  const { hub, owner, slug } = elsewhere
  return `sync push --hub ${shellWord(hub)} --owner ${shellWord(owner)} --slug ${shellWord(slug)}`
}

/** Commands are there to be copied into a shell, and the run id may be that of a stranger: `x; rm -rf ~`. */
function about(runId: string, command: string): string {
  return isSafeRecordId(runId) ? `${command} --run-id ${runId}` : 'status --json'
}
