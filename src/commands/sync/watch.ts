import { oneLine } from '../../base/printable.js'
import { lossText } from '../../sync/holding/exclusive-holds.js'
import type { KeeperEvent } from '../../sync/keeper.js'
import { defineCommand } from '../command.js'
import { KINDS_OPTION, SYNC_EXIT_CODES, SYNC_OPTIONS } from './options.js'

export const syncWatch = defineCommand({
  name: 'sync watch',
  summary: 'Keep this workspace in step with its space, until stopped.',
  moment: 'working',
  description: `Pushes local records as their files appear and pulls the others' as the hub tells of them. An outage of the hub is
waited out. Runs in the foreground until Ctrl-C and leaves nothing behind. One process keeps a store in step: another one stands
by, and takes over when the first ends.`,
  options: [
    ...SYNC_OPTIONS,
    KINDS_OPTION,
    {
      flag: '--until-idle <time>',
      description: 'End when no run of this store has been alive for so long (90, 5m), or another process keeps it.',
    },
  ],
  examples: ['sync watch --json', 'sync watch --kinds reservation heartbeat claim'],
  json: [
    'one object a line, each with `event`:',
    'connected     the hub tells of changes from now on',
    'disconnected  {problem, hint, retry_ms} hint: what to do about it',
    'pushed        {outcome} as `sync push --json` prints it',
    'pulled        {outcome} as `sync pull --json` prints it, without records',
    'lost          {hold: {kind, record_id, run_id, what, winner: {run_id, until, what}|null}} what a run took to be its own',
    'looking       {problem} directories cannot be watched, and are looked at every two seconds',
    'standing_by   {keeper} another process keeps this store; this one takes over when that ends',
    'keeping       this process keeps it from now on',
    'idle          no run is alive, and it ends (--until-idle)',
    'failed        {problem, hint, retry_ms} a push or pull that is tried again',
  ],
  exitCodes: { ...SYNC_EXIT_CODES, 0: 'stopped' },
  async run(call) {
    const { flags, output, signal } = call
    const { keep } = await import('../../sync/keeper.js')
    const said = { pushed: 0, pulled: 0 }
    await keep(await call.session(), {
      kinds: flags.list('kinds'),
      idleSeconds: flags.duration('until-idle', { min: 1 }),
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

function textOf(event: KeeperEvent): string {
  switch (event.event) {
    case 'connected':
      return '✅ Connected'
    case 'disconnected':
      return `⏳ Disconnected, again in ${seconds(event.retryMs)}: ${event.problem} ${event.hint}`
    case 'looking':
      return `⚠️  ${event.problem}; looking every two seconds instead`
    case 'standing_by':
      return `⏳ ${event.keeper} keeps this store in step; standing by`
    case 'keeping':
      return '✅ Keeping this store in step'
    case 'idle':
      return '✅ No run is alive here any more'
    case 'failed':
      return `❌ Failed, again in ${seconds(event.retryMs)}: ${event.problem} ${event.hint}`
    case 'pushed':
      return `↑ Pushed ${event.outcome.inserted + event.outcome.updated} record(s)${refusals(event.outcome)}`
    case 'lost':
      return `❌ ${lossText(event.hold)}`
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
