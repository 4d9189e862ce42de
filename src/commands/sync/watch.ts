import type { WatchEvent } from '../../sync/watch.js'
import { defineCommand } from '../command.js'
import { oneLine } from '../terminal.js'
import { KINDS_OPTION, SYNC_EXIT_CODES, SYNC_OPTIONS } from './options.js'

export const syncWatch = defineCommand({
  name: 'sync watch',
  summary: 'Keep this workspace in step with its space, until stopped.',
  description: `Pushes local records as their files appear and pulls the others' as the hub tells of them. An outage of the hub is
waited out. Runs in the foreground until Ctrl-C and leaves nothing behind.`,
  options: [...SYNC_OPTIONS, KINDS_OPTION],
  examples: ['sync watch --json', 'sync watch --kinds reservation heartbeat claim'],
  json: [
    'one object a line, each with `event`:',
    'connected     the hub tells of changes from now on',
    'disconnected  {problem, retry_ms}',
    'pushed        {outcome} as `sync push --json` prints it',
    'pulled        {outcome} as `sync pull --json` prints it, without records',
    'lost          {hold: {kind, record_id, run_id, what, winner: {run_id, until, what}|null}} what a run took to be its own',
    'failed        {problem, retry_ms} a push or pull that is tried again',
  ],
  exitCodes: { ...SYNC_EXIT_CODES, 0: 'stopped' },
  async run(call) {
    const { flags, output, signal } = call
    const { watch } = await import('../../sync/watch.js')
    const said = { pushed: 0, pulled: 0 }
    await watch(await call.session(), {
      kinds: flags.list('kinds'),
      onEvent(event) {
        if (event.event === 'pushed') said.pushed += event.outcome.inserted + event.outcome.updated
        if (event.event === 'pulled') said.pulled += event.outcome.count
        const line = oneLine(textOf(event))
        if (!output.interactive) output.emit(event, line)
        else output.progress(`${line} — pushed ${said.pushed}, pulled ${said.pulled} in all`)
      },
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    return {}
  },
})

function textOf(event: WatchEvent): string {
  switch (event.event) {
    case 'connected':
      return '✅ Connected'
    case 'disconnected':
      return `⏳ Disconnected, again in ${seconds(event.retryMs)}: ${event.problem}`
    case 'failed':
      return `❌ Failed, again in ${seconds(event.retryMs)}: ${event.problem}`
    case 'pushed':
      return `↑ Pushed ${event.outcome.inserted + event.outcome.updated} record(s)${refusals(event.outcome)}`
    case 'lost': {
      const { runId, what, winner } = event.hold
      return `❌ ${runId} has lost ${what.join(' ')}: ${winner?.runId ?? 'another run'} was first`
    }
    case 'pulled':
      return `↓ Pulled ${event.outcome.count} record(s), cursor ${event.outcome.cursor}`
  }
}

function refusals({
  conflicts,
  rejected,
  ignored,
}: {
  conflicts: object[]
  rejected: object[]
  ignored: object[]
}): string {
  const count = conflicts.length + rejected.length + ignored.length
  return count === 0 ? '' : `, ${count} not taken: \`muse-coord sync push\` names them`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
