import type { HubStats } from '../../hub/hub-stats.js'
import { defineCommand } from '../command.js'
import { mebibytes } from '../mebibytes.js'
import { table } from '../table.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

export const hubStats = defineCommand({
  name: 'hub stats',
  summary: 'Show what a hub holds, and what grows.',
  moment: 'operate',
  description:
    'Counts the records of each space, kind by kind, what came of them lately, and how many each handle has written. The hub may be running.',
  options: HUB_STORE_OPTIONS,
  examples: ['hub stats --json', 'hub stats --store postgres://muse@localhost/muse'],
  json: [
    'spaces   [{space, visibility, kinds: [{kind, merge, records, payload_characters, received_lately, last_received_at}]}]',
    '         received_lately: records that are new or changed since a day ago',
    'handles  [{handle, records, bytes}] what each has written of it, the most bytes first',
  ],
  exitCodes: { 0: 'shown', 1: 'bad arguments, or the store does not work' },
  async run(call) {
    const { readHubStats } = await import('../../hub/hub-stats.js')
    const { clock } = await call.session()
    const stats = await withHubStore(call, (store) => readHubStats(store, clock.now()))
    return { result: stats, text: textOf(stats, call.output.columns) }
  },
})

function textOf({ spaces, handles }: HubStats, columns: number): string {
  const rows = spaces.flatMap(({ space, kinds }) =>
    kinds.map((kind) => [
      ...[space, kind.kind, kind.merge, String(kind.records), kilobytes(kind.payloadCharacters)],
      ...[`+${kind.receivedLately}`, kind.lastReceivedAt ?? ''],
    ]),
  )
  if (rows.length === 0) return '(this hub holds nothing yet)'
  const kept = table([['SPACE', 'KIND', 'MERGE', 'RECORDS', 'KB', 'WITHIN A DAY', 'LAST RECEIVED'], ...rows], columns)
  const used = handles.map(({ handle, records, bytes }) => [handle, String(records), mebibytes(bytes)])
  return `${kept}\n\n${table([['HANDLE', 'RECORDS', 'SIZE'], ...used], columns)}`
}

function kilobytes(characters: number): string {
  return (characters / 1000).toFixed(1)
}
