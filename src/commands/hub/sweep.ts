import { type CommandOption, defineCommand } from '../command.js'
import { table } from '../table.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

export const RETAIN_OPTION = {
  flag: '--retain <rule>',
  description:
    'Keep lapsed records for DAYS (default 30), or kind=DAYS, owner/slug:kind=DAYS; forever instead of DAYS.',
  multiple: true,
} as const satisfies CommandOption

export const hubSweep = defineCommand({
  name: 'hub sweep',
  summary: 'Remove from a hub what has lapsed long ago.',
  moment: 'operate',
  takesAway: true,
  description: `Does now what a running hub does every hour: removes records that lapsed longer ago than they are kept. Records that
never lapse stay, tasks and what came of them among them, unless their kind is named: then they go so many days after they
were received. Nothing that is over is open or held again by this, whatever is named: a finished claim stays, one that was
given back or has lapsed and its task stay together, and what tells of another record, such as a release, stays as long as that.
Nothing that runs or is held goes. The hub may be running; readers that had not
seen what is gone are told to begin anew.`,
  options: [...HUB_STORE_OPTIONS, RETAIN_OPTION],
  examples: ['hub sweep --json', 'hub sweep --retain 7 --retain release=90 gabriel/demo:heartbeat=1'],
  json: ['spaces  [{space, kinds: [{kind, removed}]}] from which something went'],
  exitCodes: { 0: 'swept', 1: 'bad arguments, or the store does not work' },
  async run(call) {
    const [{ parseRetention }, { sweepHub }] = await Promise.all([
      import('../../hub/retention.js'),
      import('../../hub/sweep-hub.js'),
    ])
    const { clock, registry } = await call.session()
    const retention = parseRetention(call.flags.list('retain'), registry.all)
    const spaces = await withHubStore(call, (store) => sweepHub(store, retention, clock.now()))
    const rows = spaces.flatMap(({ space, kinds }) => kinds.map(({ kind, removed }) => [space, kind, String(removed)]))
    const text =
      rows.length === 0
        ? 'Nothing has lapsed for so long'
        : table([['SPACE', 'KIND', 'REMOVED'], ...rows], call.output.columns)
    return { result: { spaces }, text }
  },
})
