import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION } from '../max-age.js'
import { chosenRunId } from '../run-id.js'

export const status = defineCommand({
  name: 'status',
  summary: 'Show who holds what until when, and what needs attention.',
  moment: 'look',
  description: `Shows, what needs attention first, the runs, what they hold, what there is to take, and what is unsent; own records and
those of the last \`sync pull\`, of every kind. A run is working while it holds something; late when two thirds of the time that it
holds it for have gone by without a sign of life; idle when it is alive and holds nothing; gone when its time has passed or its
process has ended; left when it said goodbye.`,
  options: [
    { flag: '--run-id <id>', description: 'Only what is of this run.' },
    { flag: '--watch', description: 'Show it again whenever something changes, until stopped.' },
    MAX_AGE_OPTION,
  ],
  examples: [
    'status --watch',
    'status --json',
    'status --run-id agent-7',
    'status --json | jq -r ".attention[].message"',
  ],
  json: [
    'attention       [{what, message, command}], the most urgent first; what: hold_lost, run_gone, run_late, taken, waited_for, conflict,',
    '                  edits_unchecked, tasks_blocked, unreadable_files, tracked_records, records_refused, records_in_conflict,',
    '                  schema_broken, unsent',
    'runs            [{run_id, author, state: working|idle|late|gone|left, place: {id, machine, tree, branch}|null, pid|null,',
    '                  last_beat_at, last_progress_at, reservations, claims}] and so for',
    '                  each other kind that can be held, by its directory: how many',
    'holds           [{kind, record_id, what, title, run_id, author, since, until, token, exclusive, branch, operation}];',
    '                  until null: until it is given back',
    'reservations    [{reservation_id, run_id, branch, addresses, operation, until, origin}] active ones',
    'claims          [{task_id, title, run_id, until, origin}] tasks that somebody is at',
    '(directory)     so for each other kind that can be held: [{<its id>, run_id, until, origin}]',
    'tasks           {pending, waiting, blocked, claimed, completed, failed} how many of each; finished ones of the last day',
    'counts          the same by the name of the kind, for each whose records can be taken',
    'conflicts, more_conflicts  as in `forecast`',
    'unchecked       {count, fault, at} calls of hooks that were not answered since one was; or null',
    'worth           {collisions_prevented, waits_ended, work_freed, days: [{day, …, is_full, runs: [{run_id, …}]}]} what was of use',
    '                  here in seven days, by day (UTC) and run: refusals of what another run had alone, each hold once; waits that',
    '                  ended; records of runs that are gone, given back or taken over. is_full: there was more',
    'unsent          {total, kinds: [{kind, count}]}; null: this workspace syncs with no hub',
    'remarks         [{space, by: push|pull, what: refused|conflict|schema, kind, record_id, reason, path}] what the last',
    '                  pushes and pulls said of records, as far as it still holds; path null: it came from the hub',
    'remarks_left_out  how many more there were',
    'problems        [{path, reason}] files that hold no record, and directories that belong to no kind',
  ],
  exitCodes: { 0: 'shown', 130: 'with --watch: stopped' },
  async run({ flags, output, session: openSession }) {
    const runId = chosenRunId({ flags })
    const session = await openSession()
    const { status } = await import('../../sync/status/status.js')
    const { statusText } = await import('./status-text.js')
    const look = async () => {
      const found = await status(session, { runId })
      const text = () => {
        const { columns, colours } = output
        return statusText(found, session.registry, { now: session.workspace.clock.now(), columns, colours })
      }
      return { result: found, text }
    }
    if (!flags.on('watch')) return look()
    const { watchStatus } = await import('./watch-status.js')
    return watchStatus(session, output, look)
  },
})
